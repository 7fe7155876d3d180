-- claim_due: takes what is overdue, to be published again. Any number of sweepers may run.
--
-- ARGV: at most how many, grace_ms, longest grace ms
-- Returns ref*.
--
-- A claimed chunk is due again after the grace, which doubles each time, so that a long queue is not filled with
-- repeats of what waits in it. A member that nobody can read is handed out like any other, for the caller to drop.

local now, grace_ms, longest_ms = now_ms(), tonumber(ARGV[2]), tonumber(ARGV[3])
local claimed = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, ARGV[1])
for _, ref in ipairs(claimed) do
    local tenant, job, n = string.match(ref, '^([^|]+)|([^|]+)|([^|]+)|')
    local wait = grace_ms
    if n and n ~= '-1' then
        local chunk = chunk_key(tenant, job, n)
        if redis.call('EXISTS', chunk) == 1 then
            local publishes = redis.pcall('HINCRBY', chunk, 'publishes', 1)
            if type(publishes) ~= 'number' then publishes = 20 end -- one broken chunk may not stop the others
            wait = math.min(grace_ms * 2 ^ math.min(publishes - 1, 20), longest_ms)
        end
    end
    redis.call('ZADD', due, now + wait, ref)
end
return claimed
