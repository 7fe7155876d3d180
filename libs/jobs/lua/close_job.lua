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
    end_job(tenant, job, values[2], {unpack(ARGV, 5, 15)})
end
return 'closed'
