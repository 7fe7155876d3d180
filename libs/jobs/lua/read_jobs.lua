-- read_jobs: jobs as they are, each as one value: a client takes long to read many small ones.
--
-- ARGV: (tenant, job)*
-- Returns for each job its hash's names and values as a list in MessagePack, '' where there is no such job.

local answer = {}
for i = 1, #ARGV, 2 do
    local fields = redis.call('HGETALL', job_key(ARGV[i], ARGV[i + 1]))
    answer[#answer + 1] = #fields > 0 and cmsgpack.pack(fields) or ''
end
return answer
