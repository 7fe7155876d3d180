-- sum_open: how many of a tenant's jobs are open, and how many records they still have.
--
-- ARGV: tenant, of how many jobs a list the records are added up (the newest), (state, entity)*
-- Returns records, jobs whose records were not added up, (jobs)* a list.

local tenant, most = ARGV[1], tonumber(ARGV[2])
local answer, records, left_out = {}, 0, 0
for i = 3, #ARGV, 2 do
    local list = open_list(tenant, ARGV[i], ARGV[i + 1])
    local jobs = redis.call('ZCARD', list)
    local names = redis.call('ZREVRANGEBYLEX', list, '+', '-', 'LIMIT', 0, most)
    for _, name in ipairs(names) do
        local values = redis.call('HMGET', job_key(tenant, string.match(name, '|(.*)')), 'total', unpack(counters))
        if values[1] then
            records = records + values[1]
            for n = 1, #counters do records = records - (values[n + 1] or 0) end
        end
    end
    left_out = left_out + jobs - #names
    answer[#answer + 1] = jobs
end
table.insert(answer, 1, left_out)
table.insert(answer, 1, records)
return answer
