-- close_job: the end of a job. Its counters become the ledger's sums.
--
-- ARGV: tenant, job, lane, generation, status, ttl s, created, updated, unchanged, rejected, failed, cancelled
-- Returns 'closed', 'gone', or 'open' where the job has been opened again by a retry.

local tenant, job, lane, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[6])
local key, ref = job_key(tenant, job), reference(tenant, job, '-1', lane)
local values = redis.call('HMGET', key, 'generation', 'chunks_total', 'chunks_settled', 'status')
if not values[1] then
    redis.call('ZREM', due, ref)
    return 'gone'
end
if values[1] ~= ARGV[4] or values[2] ~= values[3] then return 'open' end

redis.call('ZREM', due, ref)
if values[4] ~= ARGV[5] then
    local now = now_ms()
    for i, name in ipairs(counters) do redis.call('HSET', key, name, ARGV[6 + i]) end
    set_status(tenant, job, ARGV[5])
    redis.call('HSET', key, 'finished_at', now)
    redis.call('ZREM', open_jobs, tenant .. '|' .. job)
    touch(tenant, job)
    redis.call('PUBLISH', prefix .. ':ended', job)
    redis.call('EXPIRE', key, ttl)
    for n = 0, tonumber(values[2]) - 1 do redis.call('EXPIRE', chunk_key(tenant, job, n), ttl) end
    redis.call('UNLINK', prefix .. ':' .. tenant .. ':jobs') -- which versions before kept
end
return 'closed'
