-- open_job: a job, its chunks, their due times and their messages, in one step. Nothing of it exists, or all of it does.
--
-- ARGV: tenant, job, lane, window, grace_ms, idempotency key or '', fingerprint, idempotency ttl s, nonce,
--       1 to enqueue what is handed out, 2 where somebody waits for it, or 0, audit id or '', audit JSON,
--       number of job fields, (field, value)*, (records, rejected, bytes it counts for, places, payload, rejects)*
-- Returns {'opened', ref*}, {'replay', job}, or {'mismatch'}.
--
-- `nonce` names this opening: it tells a repeated call of the same request (its answer was lost) from another request for
-- the same job, and for writers one opening of the job from another (ADR 0015).

local tenant, job, lane, window, grace_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local idempotency, fingerprint, ttl, nonce, enqueues = ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10] ~= '0'
local is_waited_for = ARGV[10] == '2'
local key = job_key(tenant, job)

-- The same call again: what it has handed out and nobody has begun is given again.
local function opened_before()
    local answer = {'opened'}
    for n = 0, tonumber(redis.call('HGET', key, 'chunks_total')) - 1 do
        local ref = reference(tenant, job, n, lane)
        if redis.call('SISMEMBER', lane_key(tenant, lane, 'window'), ref) == 1
            and redis.call('HGET', chunk_key(tenant, job, n), 'state') == 'available' then answer[#answer + 1] = ref end
    end
    return answer
end

-- A job that has failed and cannot be retried: PostgreSQL has lost what it had written, or the payload of a failed chunk
-- is kept no longer. The same request opens it anew, as after a loss of Redis; the ledger knows what is written. A batch
-- that was aborted is none: its own records are the reason. Of the parts of a task, one that was cancelled is stranded
-- too: who sends it again has retried the task.
local function is_stranded()
    local values = redis.call('HMGET', key, 'status', 'last_error', 'chunks_total', 'parent_id', 'cancelled')
    local ended = values[1] == 'failed' or values[1] == 'cancelled'
    if ended and values[4] and tonumber(values[5] or 0) > 0 then return true end
    if values[1] ~= 'failed' then return false end
    if values[2] == 'DATABASE_SET_BACK' then return true end
    for n = 0, tonumber(values[3]) - 1 do
        local chunk = chunk_key(tenant, job, n)
        local failure = redis.call('HGET', chunk, 'failure')
        if failure and failure ~= 'aborted' and redis.call('HEXISTS', chunk, 'payload') == 0 then return true end
    end
    return false
end

local function forget()
    let_go(tenant, key)
    redis.call('ZREM', kept, tenant .. '|' .. job)
    for n = 0, tonumber(redis.call('HGET', key, 'chunks_total')) - 1 do redis.call('DEL', chunk_key(tenant, job, n)) end
    redis.call('DEL', key)
end

-- As Dramatiq's own script does it; then the lane's writers are woken, unless they were when another message came that
-- still waits: who has fetched as many as he may looks again when he is done, and who lets more come before he looks
-- does so at once where somebody waits for a job.
local function enqueue(refs)
    for i, ref in ipairs(refs) do
        local of_tenant, of_job, n, queue = string.match(ref, '^([^|]+)|([^|]+)|([^|]+)|(.+)$')
        local id, messages = nonce .. '-' .. i, prefix .. ':dramatiq:' .. queue
        redis.call('HSET', messages .. '.msgs', id, cjson.encode({
            queue_name = queue, actor_name = 'write_chunk_' .. queue, args = {of_tenant, of_job, tonumber(n)}, kwargs = {},
            options = {redis_message_id = id}, message_id = id, message_timestamp = now_ms(),
        }))
        local is_first = redis.call('RPUSH', messages, id) == 1
        if is_waited_for then redis.call('PUBLISH', prefix .. ':wake', queue .. ' now')
        elseif is_first then redis.call('PUBLISH', prefix .. ':wake', queue) end
    end
end

if idempotency ~= '' then
    local known = redis.call('GET', idempotency)
    if known then
        local known_job, known_fingerprint = string.match(known, '^(%S+) (%S+)$')
        if known_fingerprint ~= fingerprint then return {'mismatch'} end
        if redis.call('HGET', job_key(tenant, known_job), 'nonce') == nonce then return opened_before() end
        if known_job ~= job or not is_stranded() then return {'replay', known_job} end
    end
end
local opener = redis.call('HGET', key, 'nonce')
if opener == nonce then return opened_before() end
if opener then
    if not is_stranded() then return {'replay', job} end
    forget()
end

local last_field = 13 + 2 * tonumber(ARGV[13])
local bytes, n = 0, 0
for i = last_field + 1, #ARGV, 6 do
    redis.call('HSET', chunk_key(tenant, job, n), 'state', 'available', 'generation', 0, 'attempts', 0, 'crashes', 0,
        'records', ARGV[i], 'rejected', ARGV[i + 1], 'bytes', ARGV[i + 2], 'payload', ARGV[i + 4], 'rejects', ARGV[i + 5])
    if ARGV[i + 3] ~= '1' then redis.call('HSET', chunk_key(tenant, job, n), 'places', ARGV[i + 3]) end
    redis.call('RPUSH', key .. ':todo', n)
    bytes = bytes + tonumber(ARGV[i + 2])
    n = n + 1
end
local now = now_ms()
redis.call('HSET', key, 'nonce', nonce, 'created_at', now, 'generation', 0, 'chunks_total', n, 'chunks_settled', 0,
    'chunks_failed', 0, 'chunks_running', 0, 'chunks_deferred', 0, 'attempts', 0, unpack(ARGV, 14, last_field))
count_waiting(tenant, bytes + tonumber(redis.call('HGET', key, 'held')))
count_open(lane, 'available', n)
redis.call('ZADD', open_jobs, now, tenant .. '|' .. job)
if idempotency ~= '' then
    local stands_for = job .. ' ' .. fingerprint
    if redis.call('SET', idempotency, stands_for, 'EX', ttl, 'NX') then -- it is there where a stranded job is opened anew
        retain(tenant, #idempotency + #stands_for + 100, tonumber(ttl))
    end
end
if ARGV[11] ~= '' then redis.call('HSET', prefix .. ':audit', ARGV[11], ARGV[12]) end

queue_up(tenant, lane, job)
local handed_out = hand_out(tenant, window, grace_ms)
if enqueues then enqueue(handed_out) end
touch(tenant, job, 'pending')
table.insert(handed_out, 1, 'opened')
return handed_out
