-- SKUs, their list and their earliest deadlines. The walk over the holds finds SKUs whose earliest deadline is missing.
function walks.stock(cursor, limit)
  local page = call('HSCAN', keys.stock, cursor, 'COUNT', limit)
  local skus = named_values(page[2])
  local listed, earliest = {}, {}
  fetch_scores(keys.skus, skus, listed)
  fetch_scores(keys['due:skus'], skus, earliest)
  for index = 1, skus.n do
    local sku = skus[index]
    check_member('skus', keys.skus, sku, listed[sku], 0)
    if earliest[sku] then
      check_member('due_skus', keys['due:skus'], sku, earliest[sku], positions.earliest(sku))
    end
  end
  return page[1]
end

-- Reports entries without a record.
local function walk_strays(index, key, cursor, limit, belongs)
  local page = call('ZSCAN', key, cursor, 'COUNT', limit)
  local names, scores = named_values(page[2])
  local records = {}
  fetch_fields(belongs, names, records)
  for number = 1, names.n do
    local name = names[number]
    if not records[name] then
      faults.add(index, (belongs == keys.docs and 'document:' or 'stock:') .. name, scores[name], 'no such record')
      faults.write('ZREM', key, name)
    end
  end
  return page[1]
end

function walks.skus(cursor, limit)
  if not may_have_strays('stock', 'skus') then return '0' end
  return walk_strays('skus', keys.skus, cursor, limit, keys.stock)
end

function walks.due_skus(cursor, limit)
  return walk_strays('due_skus', keys['due:skus'], cursor, limit, keys.stock)
end
