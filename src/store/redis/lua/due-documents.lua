-- Documents that are due, the oldest first, with their versions. One that is not there or cannot be decoded can be done by
-- nobody: it loses its place in the index, and the record stays for the audit.
local function due_documents(limit)
  if limit == 0 then return NOTHING end
  local names = call('ZRANGEBYSCORE', keys['due:docs'], '-inf', digits(batch.at), 'LIMIT', 0, limit)
  names.n = #names
  fetch_documents(names)
  local due, stray = {}, { n = 0 }
  for _, key in ipairs(names) do
    local document = decoded(get_document, key)
    if document then due[#due + 1] = { key, document[VERSION] } else add(stray, key) end
  end
  write_many('ZREM', keys['due:docs'], stray)
  return due
end
