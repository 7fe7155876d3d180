-- show_lanes: how many of the oldest open jobs are in each lane, and since when the oldest is.
--
-- ARGV: how many jobs are looked at, (lane)*
-- Returns now ms, open jobs that were not looked at, (jobs, created_at ms of the oldest or 0)* a lane.

local open = redis.call('ZRANGE', open_jobs, 0, ARGV[1] - 1, 'WITHSCORES')
local jobs, oldest = {}, {}
for i = 1, #open, 2 do
    local tenant, job = string.match(open[i], '^(.+)|(.+)$')
    local lane = redis.call('HGET', job_key(tenant, job), 'lane')
    if lane then
        jobs[lane] = (jobs[lane] or 0) + 1
        oldest[lane] = oldest[lane] or open[i + 1]
    end
end
local answer = {now_ms(), redis.call('ZCARD', open_jobs) - #open / 2}
for i = 2, #ARGV do
    answer[#answer + 1] = jobs[ARGV[i]] or 0
    answer[#answer + 1] = tonumber(oldest[ARGV[i]] or 0)
end
return answer
