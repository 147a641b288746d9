-- What a batch writes, as few commands of many arguments. Everything is encoded here, before the first write, since a
-- script that fails between two writes keeps the first.
local plan = { commands = {}, due_skus = {}, due_added = {}, due_removed = {} }

local function arguments_of(command, key)
  local arguments = {}
  table.insert(plan.commands, { command = command, key = key, arguments = arguments })
  return arguments
end

local function append(arguments, first, second)
  local length = #arguments
  arguments[length + 1] = first
  arguments[length + 2] = second
end

local function note_due(of, sku, at)
  if not plan.due_added[sku] and not plan.due_removed[sku] then table.insert(plan.due_skus, sku) end
  of[sku] = math.min(of[sku] or math.huge, at)
end

local function each_change(of, plan_change)
  for _, key in ipairs(of.changed) do
    local before, after = of.before[key], of.now[key]
    if before ~= after then plan_change(key, before, after) end
  end
end

local function plan_holds()
  local put_live, put_ended = arguments_of('HSET', keys.holds), arguments_of('HSET', batch.ended.current)
  local delete_live = arguments_of('HDEL', keys.holds)
  local add_due, remove_due = arguments_of('ZADD', keys['due:holds']), arguments_of('ZREM', keys['due:holds'])
  each_change(holds, function(hold_id, before, after)
    local live = is_live(after)
    append(live and put_live or put_ended, hold_id, encode_hold(after))
    if before and not live then append(delete_live, hold_id) end
    if before and live and before.expires_at == after.expires_at then return end
    if before then
      append(remove_due, position_of(before.sku, before.expires_at, hold_id))
      note_due(plan.due_removed, before.sku, before.expires_at)
    end
    if live then
      append(add_due, '0', position_of(after.sku, after.expires_at, hold_id))
      note_due(plan.due_added, after.sku, after.expires_at)
    end
  end)
  for _, position in ipairs(reclaimed.set_aside) do
    local sku, expires_at = parse_position(position)
    append(remove_due, position)
    note_due(plan.due_removed, sku, expires_at)
  end
end

local function plan_stock()
  local put_stock, add_sku = arguments_of('HSET', keys.stock), arguments_of('ZADD', keys.skus)
  each_change(stock, function(sku, before, after)
    append(put_stock, sku, encode_stock(after))
    if not before then append(add_sku, '0', sku) end
  end)
end

local function plan_counts()
  local put_count, delete_count = arguments_of('HSET', keys.counts), arguments_of('HDEL', keys.counts)
  each_change(counts, function(key, _, units)
    if units == 0 then append(delete_count, key) else append(put_count, key, digits(units)) end
  end)
end

local function plan_requests()
  local short, long = arguments_of('HSET', batch.short.current), arguments_of('HSET', batch.long.current)
  for _, request in ipairs(new_requests) do
    append(request.long and long or short, request.id, encode_request(request.record))
  end
  append(short, batch.lane_field, digits(batch.ticket))
end

local function plan_list_change(lists, command, list, first, second)
  local name = command .. list
  lists[name] = lists[name] or arguments_of(command, keys['orders:' .. list])
  append(lists[name], first, second)
end

local function plan_documents()
  local put_document, delete_document = arguments_of('HSET', keys.docs), arguments_of('HDEL', keys.docs)
  local add_due, remove_due = arguments_of('ZADD', keys['due:docs']), arguments_of('ZREM', keys['due:docs'])
  local lists = {}
  each_change(documents, function(key, before, after)
    if not after then
      append(delete_document, key)
    elseif not before or before.version ~= after.version or before.body ~= after.body then
      append(put_document, key, encode_document(after))
    end
    local due_before, due_after = before and before.due_at, after and after.due_at
    if due_after and due_after ~= due_before then append(add_due, digits(due_after), key) end
    if due_before and not due_after then append(remove_due, key) end
    local list_before, list_after = before and before.list, after and after.list
    if list_before == list_after then return end
    if list_before then plan_list_change(lists, 'ZREM', list_before, key) end
    if list_after then plan_list_change(lists, 'ZADD', list_after, '0', key) end
  end)
end

local function plan_ledger()
  for _, entry in ipairs(ledger) do entry.packed = cmsgpack.pack(entry.fields) end
end

local function plan_writes()
  plan_ledger()
  plan_holds()
  plan_stock()
  plan_counts()
  plan_requests()
  plan_documents()
  local missing = {}
  for _, sku in ipairs(plan.due_skus) do
    if raw.earliest[sku] == nil then missing[#missing + 1] = sku end
  end
  fetch_scores(keys['due:skus'], missing, raw.earliest)
end
