-- open_job: a job, its chunks and their due times, in one step. Nothing of it exists, or all of it does.
--
-- ARGV: tenant, job, lane, window, grace_ms, idempotency key or '', fingerprint, idempotency ttl s, nonce,
--       audit id or '', audit JSON, number of job fields, (field, value)*,
--       (records, rejected, bytes it counts for, places, payload, rejects)*
-- Returns {'opened', ref*}, {'replay', job}, or {'mismatch'}.
--
-- `nonce` tells a repeated call of the same request (its answer was lost) from another request for the same job.

local tenant, job, lane, window, grace_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local idempotency, fingerprint, ttl, nonce = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local key = job_key(tenant, job)

if idempotency ~= '' then
    local known = redis.call('GET', idempotency)
    if known then
        local known_job, known_fingerprint = string.match(known, '^(%S+) (%S+)$')
        if known_fingerprint ~= fingerprint then return {'mismatch'} end
        local opener = redis.call('HGET', job_key(tenant, known_job), 'nonce')
        if opener == nonce then return {'opened'} end
        return {'replay', known_job}
    end
end
local opener = redis.call('HGET', key, 'nonce')
if opener == nonce then return {'opened'} end
if opener then return {'replay', job} end

local fields = tonumber(ARGV[12])
for i = 13, 12 + 2 * fields, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end

local bytes, n = 0, 0
for i = 13 + 2 * fields, #ARGV, 6 do
    redis.call('HSET', chunk_key(tenant, job, n), 'state', 'available', 'generation', 0, 'attempts', 0, 'crashes', 0,
        'records', ARGV[i], 'rejected', ARGV[i + 1], 'bytes', ARGV[i + 2], 'payload', ARGV[i + 4], 'rejects', ARGV[i + 5])
    if ARGV[i + 3] ~= '1' then redis.call('HSET', chunk_key(tenant, job, n), 'places', ARGV[i + 3]) end
    redis.call('RPUSH', key .. ':todo', n)
    bytes = bytes + tonumber(ARGV[i + 2])
    n = n + 1
end
redis.call('HSET', key, 'nonce', nonce, 'generation', 0, 'chunks_total', n, 'chunks_settled', 0, 'chunks_failed', 0,
    'chunks_running', 0, 'chunks_deferred', 0, 'attempts', 0)
count_waiting(tenant, bytes + tonumber(redis.call('HGET', key, 'held')))
redis.call('ZADD', open_jobs, redis.call('HGET', key, 'created_at'), tenant .. '|' .. job)
set_status(tenant, job, 'pending')
if idempotency ~= '' then
    local stands_for = job .. ' ' .. fingerprint
    redis.call('SET', idempotency, stands_for, 'EX', ttl)
    retain(tenant, #idempotency + #stands_for + 100, tonumber(ttl))
end
if ARGV[10] ~= '' then redis.call('HSET', prefix .. ':audit', ARGV[10], ARGV[11]) end

redis.call('RPUSH', lane_key(tenant, lane, 'waiting'), job)
local answer = {'opened'}
for _, ref in ipairs(hand_out(tenant, window, grace_ms)) do answer[#answer + 1] = ref end
touch(tenant, job)
return answer
