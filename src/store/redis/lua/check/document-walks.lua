-- Documents and their lists. A due time is only in the index, so there only stray entries can be found.
local function check_list(list, documents, names)
  local key, scores = keys['orders:' .. list], {}
  fetch_scores(key, names, scores)
  for index = 1, names.n do
    local name = names[index]
    local belongs = documents[name][LIST] == list
    if belongs and scores[name] ~= 0 then
      faults.add('lists', 'document:' .. name, describe_score(scores[name]), 'in ' .. list)
      faults.write('ZADD', key, '0', name)
    elseif not belongs and scores[name] then
      faults.add('lists', 'document:' .. name, 'in ' .. list, documents[name][LIST] or 'in no list')
      faults.write('ZREM', key, name)
    end
  end
end

function walks.documents(cursor, limit)
  local page = call('HSCAN', keys.docs, cursor, 'COUNT', limit)
  local found, raws = named_values(page[2])
  local names, documents = { n = 0 }, {}
  for index = 1, found.n do
    local name = found[index]
    documents[name] = decoded_or_nil('document', name, raws[name])
    if documents[name] then add(names, name) end
  end
  for _, list in ipairs(DOCUMENT_LISTS) do check_list(list, documents, names) end
  return page[1]
end

for _, list in ipairs(DOCUMENT_LISTS) do
  walks[list] = function(cursor, limit)
    return walk_strays('lists', keys['orders:' .. list], cursor, limit, keys.docs)
  end
end

function walks.due_documents(cursor, limit)
  return walk_strays('due_documents', keys['due:docs'], cursor, limit, keys.docs)
end
