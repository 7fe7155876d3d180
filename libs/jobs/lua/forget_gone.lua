-- forget_gone: takes jobs that are no more out of those that are open: somebody has deleted them by hand.
--
-- ARGV: at most how many are looked at, the oldest first
-- Returns how many were taken out.

local names, gone = redis.call('ZRANGE', open_jobs, 0, ARGV[1] - 1), 0
for _, name in ipairs(names) do
    local tenant, job = string.match(name, '(.-)|(.*)')
    if not job or redis.call('EXISTS', job_key(tenant, job)) == 0 then gone = gone + redis.call('ZREM', open_jobs, name) end
end
-- Nothing waits where no job is open, whatever the counters say.
if gone > 0 and redis.call('EXISTS', open_jobs) == 0 then redis.call('DEL', backlog, chunks) end
return gone
