-- Returns the due documents, the oldest first, with their versions. Removes the index entry of a missing or undecodable
-- one, which cannot be processed. The record stays for the audit.
local function due_documents(limit)
  if limit == 0 then return {} end
  local names = call('ZRANGEBYSCORE', keys['due:docs'], '-inf', digits(batch.at), 'LIMIT', 0, limit)
  names.n = #names
  fetch_documents(names)
  local due, stray = {}, { n = 0 }
  for _, key in ipairs(names) do
    local raw = raw_documents[key]
    local ok, document = pcall(decode, 'document', key, raw or '')
    if ok then due[#due + 1] = { key, document.version } else add(stray, key) end
  end
  write_many('ZREM', keys['due:docs'], stray)
  return due
end
