-- close_job: the end of a job. Its counters become the ledger's sums.
--
-- ARGV: tenant, job, lane, generation, status, ttl s, created, updated, unchanged, rejected, failed, cancelled,
--       finished_at ms or '', last error or '', nonce of the opening or ''
-- Returns 'closed', 'gone', or 'open' where the job has been opened again by a retry, or by a
--   repeat of its request.

local tenant, job, lane, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[6])
local key, ref = job_key(tenant, job), reference(tenant, job, '-1', lane)
local values = redis.call('HMGET', key, 'generation', 'chunks_total', 'chunks_settled', 'status', 'last_error', 'nonce')
if not values[1] then
    redis.call('ZREM', due, ref)
    return 'gone'
end
if values[1] ~= ARGV[4] or values[2] ~= values[3] then return 'open' end
if ARGV[15] ~= '' and values[6] ~= ARGV[15] then return 'open' end

redis.call('ZREM', due, ref)
if values[4] ~= ARGV[5] or (ARGV[14] ~= '' and values[5] ~= ARGV[14]) then
    local now = now_ms()
    for i, name in ipairs(counters) do redis.call('HSET', key, name, ARGV[6 + i]) end
    redis.call('HSET', key, 'status', ARGV[5], 'finished_at', ARGV[13] ~= '' and ARGV[13] or now)
    if ARGV[14] ~= '' then redis.call('HSET', key, 'last_error', ARGV[14]) end
    redis.call('ZREM', open_jobs, tenant .. '|' .. job)
    touch(tenant, job)
    redis.call('PUBLISH', prefix .. ':ended', job)
    redis.call('EXPIRE', key, ttl)
    if redis.call('HGET', key, 'dry_run') ~= '1' then redis.call('ZADD', kept, now + 1000 * ttl, tenant .. '|' .. job) end
    redis.call('ZREMRANGEBYSCORE', kept, '-inf', now)
    for n = 0, tonumber(values[2]) - 1 do redis.call('EXPIRE', chunk_key(tenant, job, n), ttl) end
    redis.call('ZREMRANGEBYSCORE', prefix .. ':' .. tenant .. ':jobs', '-inf', now - 8 * 86400 * 1000)
end
return 'closed'
