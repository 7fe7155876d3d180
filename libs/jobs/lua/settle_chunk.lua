-- settle_chunk: counts a chunk, the first time only, and hands out what comes next.
--
-- ARGV: tenant, job, chunk number, lane, window, grace_ms, generation, failure ('', 'transient', 'permanent' or
--       'aborted': it may be retried unless it is that),
--       created, updated, unchanged, rejected, failed, cancelled, outcome, last error or '',
--       nonce of the opening or '',
--       none, or how the job ends where no other chunk is open, as the ledger has it (`end_job`)
-- Returns {'settled' | 'repeat' | 'gone' | 'stale', what is left to do of the job, ref*}; that is 'open' (its chunks),
--   'finished' (it is to be ended) or 'ended' (nothing: it has ended as it was said).
--
-- Any delivery that has read the ledger may settle: the ledger's counts are the truth, whoever brings them.

local tenant, job, n, lane, window, grace_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local key, chunk, ref = job_key(tenant, job), chunk_key(tenant, job, n), reference(tenant, job, n, lane)
local values = redis.call('HMGET', chunk, 'state', 'generation', 'bytes')
local state, bytes = values[1], tonumber(values[3])
if not state then
    redis.call('ZREM', due, ref)
    leave_window(tenant, lane, ref)
    return {'gone', 'open'}
end
if values[2] ~= ARGV[7] or (ARGV[17] ~= '' and redis.call('HGET', key, 'nonce') ~= ARGV[17]) then
    return {'stale', 'open'}
end

local first = state ~= 'settled'
if first then
    local counts = {unpack(ARGV, 9, 8 + #counters)}
    move(tenant, job, n, lane, state, 'settled', 'counts', table.concat(counts, ' '), 'outcome', ARGV[15])
    for i, name in ipairs(counters) do
        if counts[i] ~= '0' then redis.call('HINCRBY', key, name, counts[i]) end
    end
    redis.call('HINCRBY', key, 'chunks_settled', 1)
    local over = {'lease', 'lease_until', 'suspect', 'quarantined'}
    if ARGV[16] ~= '' then redis.call('HSET', key, 'last_error', ARGV[16]) end
    if ARGV[8] ~= '' then
        redis.call('HSET', chunk, 'failure', ARGV[8])
        redis.call('HINCRBY', key, 'chunks_failed', 1)
    end
    if ARGV[8] == '' or ARGV[8] == 'aborted' then
        over[#over + 1] = 'payload'
        if redis.call('HGET', key, 'dry_run') ~= '1' then over[#over + 1] = 'rejects' end
    end
    redis.call('HDEL', chunk, unpack(over))

    local left = stays(chunk)
    redis.call('HINCRBY', key, 'held', left)
    count_waiting(tenant, left - bytes)
    local drain, now = prefix .. ':drain', now_ms()
    local since = tonumber(redis.call('HGET', drain, 'since_ms') or now)
    local drained = redis.call('HINCRBY', drain, 'bytes', bytes)
    if since > now then -- the clock was set back
        redis.call('HSET', drain, 'since_ms', now, 'bytes', 0)
    elseif now - since >= 5000 then
        redis.call('HSET', drain, 'since_ms', now, 'bytes', 0, 'rate', math.floor(drained * 1000 / (now - since)))
    else
        redis.call('HSETNX', drain, 'since_ms', since)
    end
end
redis.call('ZREM', due, ref)
leave_window(tenant, lane, ref)

local totals = redis.call('HMGET', key, 'chunks_total', 'chunks_settled', 'status', 'generation')
local status, rest = totals[3], 'open'
if totals[1] == totals[2] then
    if ARGV[18] and totals[4] == ARGV[7] then
        rest = 'ended'
    elseif status == 'pending' or status == 'processing' then
        redis.call('ZADD', due, now_ms() + tonumber(grace_ms), reference(tenant, job, '-1', lane))
        rest = 'finished'
    end
end
local answer = {first and 'settled' or 'repeat', rest}
for _, next_ref in ipairs(hand_out(tenant, window, grace_ms)) do answer[#answer + 1] = next_ref end
if rest == 'ended' and status ~= ARGV[18] then
    redis.call('ZREM', due, reference(tenant, job, '-1', lane))
    end_job(tenant, job, totals[1], {unpack(ARGV, 18)})
elseif first then
    touch(tenant, job)
end
return answer
