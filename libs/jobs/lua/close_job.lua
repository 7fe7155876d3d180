-- close_job: the end of a job. Its counters become the ledger's sums.
--
-- ARGV: tenant, job, lane, generation, status, ttl s, ttl s where a chunk may be retried,
--       created, updated, unchanged, rejected, failed, cancelled,
--       finished_at ms or '', last error or '', nonce of the opening or ''
-- Returns 'closed', 'gone', or 'open' where the job has been opened again by a retry, or by a
--   repeat of its request.

local tenant, job, lane = ARGV[1], ARGV[2], ARGV[3]
local key, ref = job_key(tenant, job), reference(tenant, job, '-1', lane)
local values = redis.call('HMGET', key, 'generation', 'chunks_total', 'chunks_settled', 'status', 'last_error', 'nonce')
if not values[1] then
    redis.call('ZREM', due, ref)
    return 'gone'
end
if values[1] ~= ARGV[4] or values[2] ~= values[3] then return 'open' end
if ARGV[16] ~= '' and values[6] ~= ARGV[16] then return 'open' end

redis.call('ZREM', due, ref)
if values[4] ~= ARGV[5] or (ARGV[15] ~= '' and values[5] ~= ARGV[15]) then
    local now = now_ms()
    local ended = {'finished_at', ARGV[14] ~= '' and ARGV[14] or now}
    local function note(name, value) ended[#ended + 1], ended[#ended + 2] = name, value end
    for i, name in ipairs(counters) do note(name, ARGV[7 + i]) end
    if ARGV[15] ~= '' then note('last_error', ARGV[15]) end
    set_status(tenant, job, ARGV[5])
    redis.call('ZREM', open_jobs, tenant .. '|' .. job)
    touch(tenant, job, unpack(ended))
    redis.call('PUBLISH', prefix .. ':ended', job)
    local ttl = ARGV[6]
    for n = 0, tonumber(values[2]) - 1 do
        if redis.call('HEXISTS', chunk_key(tenant, job, n), 'payload') == 1 then ttl = ARGV[7] end
    end
    redis.call('HSET', key, 'goes', retain(tenant, held_when_ended(let_go(tenant, key)), tonumber(ttl)))
    redis.call('EXPIRE', key, ttl)
    if redis.call('HGET', key, 'dry_run') ~= '1' then redis.call('ZADD', kept, now + 1000 * ttl, tenant .. '|' .. job) end
    redis.call('ZREMRANGEBYSCORE', kept, '-inf', now)
    if redis.call('TTL', kept) < tonumber(ttl) then redis.call('EXPIRE', kept, ttl) end
    for n = 0, tonumber(values[2]) - 1 do redis.call('EXPIRE', chunk_key(tenant, job, n), ttl) end
    redis.call('UNLINK', prefix .. ':' .. tenant .. ':jobs') -- which versions before kept
    -- Nothing waits where no job is open: whatever had put the counters wrong, they are right again.
    if redis.call('EXISTS', open_jobs) == 0 then redis.call('DEL', backlog, chunks) end
end
return 'closed'
