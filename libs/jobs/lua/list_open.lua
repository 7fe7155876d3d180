-- list_open: the newest of a tenant's open jobs, of some states and entities.
--
-- ARGV: tenant, where to begin ('+', or '(' and the name that comes before), at most how many, (state, entity)*
-- Returns (name, job as a flat list)*, newest first.
--
-- A name whose job is gone or is in another state is taken out: a writer of another version may have left it behind.

local tenant, below, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local page = {}
while true do
    local names, lists, states = {}, {}, {}
    for i = 4, #ARGV, 2 do
        local list = open_list(tenant, ARGV[i], ARGV[i + 1])
        for _, name in ipairs(redis.call('ZREVRANGEBYLEX', list, below, '-', 'LIMIT', 0, most)) do
            names[#names + 1] = name
            lists[name], states[name] = list, ARGV[i]
        end
    end
    table.sort(names, function(a, b) return a > b end)
    for i = 1, math.min(#names, most) do
        local name = names[i]
        local key = job_key(tenant, string.match(name, '|(.*)'))
        if redis.call('HGET', key, 'status') == states[name] then
            page[#page + 1] = name
            page[#page + 1] = redis.call('HGETALL', key)
            if #page == 2 * most then return page end
        else
            redis.call('ZREM', lists[name], name)
        end
    end
    if #names < most then return page end
    below = '(' .. names[most]
end
