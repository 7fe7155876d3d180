-- Stands before every script. KEYS[1] is the prefix of all keys, "{namespace}" (keys.py lists them with their types).

local prefix = KEYS[1]

local function now_ms()
    local time = redis.call('TIME')
    return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function job_key(tenant, job) return prefix .. ':' .. tenant .. ':job:' .. job end
local function chunk_key(tenant, job, n) return job_key(tenant, job) .. ':chunk:' .. n end
local function lane_key(tenant, lane, what) return prefix .. ':' .. tenant .. ':lane:' .. lane .. ':' .. what end
local function open_list(tenant, status, entity) return prefix .. ':' .. tenant .. ':open:' .. status .. ':' .. entity end
local function reference(tenant, job, n, lane) return tenant .. '|' .. job .. '|' .. n .. '|' .. lane end

local due = prefix .. ':due'
local open_jobs = prefix .. ':open'
local backlog = prefix .. ':backlog'

-- Gives the tenant's next chunks to the caller, who publishes them. At most `window` chunks of a tenant are out in a
-- lane, its jobs taking turns. Each gets a due time: if the caller dies first, the sweeper publishes it.
local function hand_out(tenant, lane, window, grace_ms)
    local waiting, out = lane_key(tenant, lane, 'waiting'), lane_key(tenant, lane, 'window')
    local free = tonumber(window) - redis.call('SCARD', out)
    local due_at = now_ms() + tonumber(grace_ms)
    local given = {}
    while free > 0 do
        local job = redis.call('LPOP', waiting)
        if not job then break end
        local todo = job_key(tenant, job) .. ':todo'
        local n = redis.call('LPOP', todo)
        if n then
            local ref = reference(tenant, job, n, lane)
            redis.call('SADD', out, ref)
            redis.call('ZADD', due, due_at, ref)
            redis.call('HINCRBY', chunk_key(tenant, job, n), 'publishes', 1)
            given[#given + 1] = ref
            free = free - 1
            if redis.call('LLEN', todo) > 0 then redis.call('RPUSH', waiting, job) end
        end
    end
    return given
end

-- Every change of a job ends here: a new version (its ETag) and an event for whoever listens.
local function touch(tenant, job)
    local key = job_key(tenant, job)
    redis.call('HSET', key, 'updated_at', now_ms())
    redis.call('HINCRBY', key, 'version', 1)
    local values = redis.call('HMGET', key, 'status', 'version', 'total', 'chunks_total', 'chunks_settled')
    redis.call('PUBLISH', prefix .. ':' .. tenant .. ':events', cjson.encode({
        job_id = job, status = values[1], version = tonumber(values[2]), total = tonumber(values[3]),
        chunks_total = tonumber(values[4]), chunks_settled = tonumber(values[5]),
    }))
end

-- Gives a job its state, and its name in the list of open jobs of that state its place. Nothing else sets a state.
local function set_status(tenant, job, status)
    local key = job_key(tenant, job)
    local values = redis.call('HMGET', key, 'status', 'entity', 'created_at', 'dry_run')
    redis.call('HSET', key, 'status', status)
    if values[4] == '1' then return end
    local name = string.format('%015d', tonumber(values[3])) .. '|' .. job
    redis.call('ZREM', open_list(tenant, values[1], values[2]), name)
    if status == 'pending' or status == 'processing' then redis.call('ZADD', open_list(tenant, status, values[2]), 0, name) end
end

-- Moves a chunk from its state to another and keeps the job's counts of running and deferred chunks true.
local function move(tenant, job, n, state)
    local key, chunk = job_key(tenant, job), chunk_key(tenant, job, n)
    local before = redis.call('HGET', chunk, 'state')
    if before == 'running' or before == 'deferred' then redis.call('HINCRBY', key, 'chunks_' .. before, -1) end
    if state == 'running' or state == 'deferred' then redis.call('HINCRBY', key, 'chunks_' .. state, 1) end
    redis.call('HSET', chunk, 'state', state)
end

local counters = {'created', 'updated', 'unchanged', 'rejected', 'failed', 'cancelled'}
