-- Stands before every script. KEYS[1] is the prefix of all keys, "{namespace}" (keys.py lists them with their types).

local prefix = KEYS[1]

-- A script is one moment: the clock is read once.
local moment
local function now_ms()
    if not moment then
        local time = redis.call('TIME')
        moment = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    end
    return moment
end

-- How long until a time that a chunk holds, ms. Each is stored with the whole wait (`wait_ms`): more than that can only
-- be left of it where the clock was set back, and then the wait begins anew. A live writer extends its lease by itself.
local function until_then(chunk, field, now)
    local values = redis.call('HMGET', chunk, field, 'wait_ms')
    local left, whole = tonumber(values[1]) - now, tonumber(values[2])
    if not whole or left <= whole then return left end
    redis.call('HSET', chunk, field, now + whole)
    return whole
end

local function job_key(tenant, job) return prefix .. ':' .. tenant .. ':job:' .. job end
local function chunk_key(tenant, job, n) return job_key(tenant, job) .. ':chunk:' .. n end
local function lane_key(tenant, lane, what) return prefix .. ':' .. tenant .. ':lane:' .. lane .. ':' .. what end
local function open_list(tenant, status, entity) return prefix .. ':' .. tenant .. ':open:' .. status .. ':' .. entity end
local function reference(tenant, job, n, lane) return tenant .. '|' .. job .. '|' .. n .. '|' .. lane end

local due = prefix .. ':due'
local open_jobs = prefix .. ':open'
local kept = prefix .. ':kept'
local backlog = prefix .. ':backlog'
local paused = prefix .. ':paused'
local chunks = prefix .. ':chunks'

local lanes = {'high', 'normal', 'low'}

-- A chunk that is out is a member of its lane's window for each place that it takes: its reference, and for every further
-- place the reference and a number.
local function enter_window(tenant, lane, ref, places)
    local out = lane_key(tenant, lane, 'window')
    redis.call('SADD', out, ref)
    for place = 2, places do redis.call('SADD', out, ref .. '|' .. place) end
end

local function leave_window(tenant, lane, ref)
    local out, place = lane_key(tenant, lane, 'window'), 2
    redis.call('SREM', out, ref)
    while redis.call('SREM', out, ref .. '|' .. place) == 1 do place = place + 1 end
end

-- A paused lane's chunks stand still, and take no places of the other lanes' window meanwhile.
local function lanes_paused()
    local names = {}
    for _, lane in ipairs(redis.call('HKEYS', paused)) do names[lane] = true end
    return names
end

-- What was handed out before its lane was paused is set aside (`parked`), whoever comes upon it, and so are the tenants that
-- have more to hand out (`held`); claim_due brings both back. A job that is cancelled is ended all the same.
local function set_aside(lane, what) return prefix .. ':lane:' .. lane .. ':' .. what end
local function stands_still(tenant, job, lane)
    return redis.call('HEXISTS', paused, lane) == 1 and redis.call('HGET', job_key(tenant, job), 'cancel') ~= '1'
end

local function park(lane, ref)
    redis.call('ZREM', due, ref)
    redis.call('SADD', set_aside(lane, 'parked'), ref)
end

local function places_taken(tenant, still)
    local taken = 0
    for _, lane in ipairs(lanes) do
        if not still[lane] then taken = taken + redis.call('SCARD', lane_key(tenant, lane, 'window')) end
    end
    return taken
end

local function send_out(tenant, job, n, lane, due_at)
    local ref, chunk = reference(tenant, job, n, lane), chunk_key(tenant, job, n)
    local places = tonumber(redis.call('HGET', chunk, 'places') or 1)
    enter_window(tenant, lane, ref, places)
    redis.call('ZADD', due, due_at, ref)
    redis.call('HINCRBY', chunk, 'publishes', 1)
    return ref, places
end

-- Whose turn it is, among a tenant's jobs in a lane: those that are no more than one place (`short`) among themselves, those
-- that are more (`waiting`) among themselves, and between both a short one and a long one by turns. So neither waits for how
-- many of the others there are. Where a short one was served and others wait, their turn is noted at the head of `short`.
local their_turn = '-'
local function queue_up(tenant, lane, job)
    local todo, short = job_key(tenant, job) .. ':todo', false
    if redis.call('LLEN', todo) == 1 then
        short = redis.call('HEXISTS', chunk_key(tenant, job, redis.call('LINDEX', todo, 0)), 'places') == 0
    end
    redis.call('RPUSH', lane_key(tenant, lane, short and 'short' or 'waiting'), job)
end

local function next_in_turn(tenant, lane)
    local short, waiting = lane_key(tenant, lane, 'short'), lane_key(tenant, lane, 'waiting')
    local job = redis.call('LPOP', short)
    if job and job ~= their_turn then
        if redis.call('EXISTS', waiting) == 1 then redis.call('LPUSH', short, their_turn) end
        return job
    end
    return redis.call('LPOP', waiting) or (job and redis.call('LPOP', short))
end

-- Gives the tenant's next chunks to the caller, who publishes them. A tenant has one window for all its lanes, the higher
-- ones first and its jobs in a lane taking turns; `high` has an eighth more of it than `normal`, and `low` an eighth less,
-- so that what is urgent need not wait for a place. What goes out last may take more places than are left.
-- Each gets a due time: if the caller dies first, the sweeper publishes it.
local function hand_out(tenant, window, grace_ms)
    local most, eighth = window + math.floor(window / 8), math.floor(window / 8)
    local still, taken
    local given = {}
    for _, lane in ipairs(lanes) do
        local waiting = lane_key(tenant, lane, 'waiting')
        local some = redis.call('EXISTS', waiting, lane_key(tenant, lane, 'short')) > 0
        if some and not still then -- for most jobs that end, nothing waits
            still = lanes_paused()
            taken = places_taken(tenant, still)
        end
        if some and still[lane] then redis.call('SADD', set_aside(lane, 'held'), tenant) end
        while some and taken < most and not still[lane] do
            local job = next_in_turn(tenant, lane)
            if not job then break end
            local todo = job_key(tenant, job) .. ':todo'
            local n = redis.call('LPOP', todo)
            if n then
                -- One that a writer has from an earlier primary may be settled before it is handed out here.
                if redis.call('HGET', chunk_key(tenant, job, n), 'state') == 'available' then
                    local ref, places = send_out(tenant, job, n, lane, now_ms() + tonumber(grace_ms))
                    given[#given + 1] = ref
                    taken = taken + places
                end
                if redis.call('LLEN', todo) > 0 then redis.call('RPUSH', waiting, job) end
            end
        end
        most = most - eighth
    end
    return given
end

-- What is stored counts for its tenant (ADR 0013). While a job is open, its chunks that are not settled (`bytes` of each)
-- and what else it holds (`held`) are in the backlog. Once it has ended, what it holds is retained, under the field
-- `goes`: bytes by the time at which they go by themselves, Unix ms, in steps of a 64th of their time to live.

local function count_waiting(tenant, bytes)
    redis.call('HINCRBY', backlog, 'total', bytes)
    if redis.call('HINCRBY', backlog, tenant, bytes) <= 0 then redis.call('HDEL', backlog, tenant) end
end

local function retained_key(tenant) return prefix .. ':' .. tenant .. ':retained' end

-- Returns when they go: a little after `ttl_s`, never before.
local function retain(tenant, bytes, ttl_s)
    local key, now, ttl_ms = retained_key(tenant), now_ms(), ttl_s * 1000
    local step = math.max(math.ceil(ttl_ms / 64), 1)
    local goes = (math.floor((now + ttl_ms) / step) + 1) * step
    if redis.call('HINCRBY', key, goes, bytes) == bytes then -- a step has begun: those that are over are dropped
        for _, past in ipairs(redis.call('HKEYS', key)) do
            if tonumber(past) <= now then redis.call('HDEL', key, past) end
        end
        if redis.call('PTTL', key) < goes - now then redis.call('PEXPIREAT', key, goes) end
    end
    return goes
end

-- An audit entry, due times and turns, which only an open job has.
local while_open = 600
local function held_when_ended(held) return math.max(held - while_open, 0) end

-- Takes what a job holds off the backlog, or off what is retained; returns it.
local function let_go(tenant, key)
    local values = redis.call('HMGET', key, 'held', 'goes')
    local held, goes, retained = tonumber(values[1] or 0), values[2], retained_key(tenant)
    if not goes then
        count_waiting(tenant, 0 - held) -- "-0" is no integer to older servers
    elseif redis.call('HEXISTS', retained, goes) == 1
        and redis.call('HINCRBY', retained, goes, 0 - held_when_ended(held)) <= 0 then
        redis.call('HDEL', retained, goes)
    end
    return held
end

-- What of a settled chunk stays with its job.
local function stays(chunk)
    return redis.call('HSTRLEN', chunk, 'payload') + redis.call('HSTRLEN', chunk, 'rejects')
        + redis.call('HSTRLEN', chunk, 'outcome')
end

-- The place of a job in the list of open jobs of its state. What a task has opened stands in no list: the task does.
local function list_as(tenant, job, before, status, entity, created_at)
    local name = string.format('%015d', tonumber(created_at)) .. '|' .. job
    redis.call('ZREM', open_list(tenant, before, entity), name)
    if status == 'pending' or status == 'processing' then redis.call('ZADD', open_list(tenant, status, entity), 0, name) end
end

-- Every change of a job ends here: a new version (its ETag) and an event for whoever listens. `status` is the state that
-- it gets with it, or nil; nothing else sets a state. Fields and values that are to be set, too, may follow: each command
-- that writes is a line of the append-only file.
local function touch(tenant, job, status, ...)
    local key = job_key(tenant, job)
    local values = redis.call('HMGET', key, 'status', 'version', 'total', 'chunks_total', 'chunks_settled', 'parent_id',
        'dry_run', 'entity', 'created_at')
    local before, parent = values[1], values[6]
    local version = tonumber(values[2] or 0) + 1
    local changes = {'updated_at', now_ms(), 'version', version, ...}
    if status then
        changes[#changes + 1], changes[#changes + 2] = 'status', status
        if values[7] ~= '1' and not parent then list_as(tenant, job, before, status, values[8], values[9]) end
    end
    redis.call('HSET', key, unpack(changes))
    redis.call('PUBLISH', prefix .. ':' .. tenant .. ':events', cjson.encode({
        job_id = job, status = status or before, version = version, total = tonumber(values[3]),
        chunks_total = tonumber(values[4]), chunks_settled = tonumber(values[5]), parent_id = parent or nil,
    }))
end

-- How many chunks of a lane are in a state, of all that are not settled: what writers are scaled by.
local function count_open(lane, state, by) redis.call('HINCRBY', chunks, lane .. '|' .. state, by) end

-- Moves a chunk from its state to another and keeps the job's counts of running and deferred chunks true, and the lane's.
-- What else is to be set of the chunk, fields and values, may follow.
local function move(tenant, job, n, lane, before, state, ...)
    local key, chunk = job_key(tenant, job), chunk_key(tenant, job, n)
    if before == 'running' or before == 'deferred' then redis.call('HINCRBY', key, 'chunks_' .. before, -1) end
    if state == 'running' or state == 'deferred' then redis.call('HINCRBY', key, 'chunks_' .. state, 1) end
    if before ~= 'settled' then count_open(lane, before, -1) end
    if state ~= 'settled' then count_open(lane, state, 1) end
    redis.call('HSET', chunk, 'state', state, ...)
end

local counters = {'created', 'updated', 'unchanged', 'rejected', 'failed', 'cancelled'}

-- Ends a job whose chunks are settled, or ends it anew where it had ended in another way. Its counters become the ledger's
-- sums, `ends`: status, ttl s, ttl s where a chunk may be retried, a number for each counter, finished_at ms or '', last
-- error or ''.
local function end_job(tenant, job, chunks_total, ends)
    local key, now = job_key(tenant, job), now_ms()
    local status, ttl, finished_at, last_error = ends[1], ends[2], ends[4 + #counters], ends[5 + #counters]
    local fields = {'finished_at', finished_at ~= '' and finished_at or now}
    local function note(name, value) fields[#fields + 1], fields[#fields + 2] = name, value end
    for i, name in ipairs(counters) do note(name, ends[3 + i]) end
    if last_error ~= '' then note('last_error', last_error) end
    for n = 0, chunks_total - 1 do
        if redis.call('HEXISTS', chunk_key(tenant, job, n), 'payload') == 1 then ttl = ends[3] end
    end
    note('goes', retain(tenant, held_when_ended(let_go(tenant, key)), tonumber(ttl)))
    redis.call('ZREM', open_jobs, tenant .. '|' .. job)
    touch(tenant, job, status, unpack(fields))
    redis.call('PUBLISH', prefix .. ':ended', job)
    redis.call('EXPIRE', key, ttl)
    if redis.call('HGET', key, 'dry_run') ~= '1' then redis.call('ZADD', kept, now + 1000 * ttl, tenant .. '|' .. job) end
    redis.call('ZREMRANGEBYSCORE', kept, '-inf', now)
    if redis.call('TTL', kept) < tonumber(ttl) then redis.call('EXPIRE', kept, ttl) end
    for n = 0, chunks_total - 1 do redis.call('EXPIRE', chunk_key(tenant, job, n), ttl) end
    redis.call('UNLINK', prefix .. ':' .. tenant .. ':jobs') -- which versions before kept
    -- Nothing waits where no job is open: whatever had put the counters wrong, they are right again.
    if redis.call('EXISTS', open_jobs) == 0 then redis.call('DEL', backlog, chunks) end
end
