-- put, drop: src/domain/machine/document-steps.ts
local function meets(document, expect)
  if expect == 'any' then return true end
  if expect == 'absent' then return not document end
  if expect == 'present' then return document ~= false end
  return document and document[VERSION] == expect
end

-- `due` is true for never, and false for what it was: never, where there was no document.
local function move_due(key, due, existed)
  get_due(key)
  if due ~= false or not existed then set_due(key, due and due ~= true and tx_at + due) end
end

local function tell_list(key, list)
  write_entry(next_entry_id(), pack(tx_at, 'document', key, list, tx_cause))
end

-- The ledger knows only of orders' statuses.
local function order_list(list) return list ~= 'by_owner' and list end

function steps.put(at)
  local key, expect, body, refers, due, list = unpack(input, at + 1, at + 6)
  local before = get_document(key)
  if not meets(before, expect) then return conflict(key) end
  if body == false and not before then return conflict(key) end
  move_due(key, due, before ~= false)
  if body == false then return end
  set_document(key, { tx_sequence, list, refers, body })
  local status = order_list(list)
  if status ~= order_list(before and before[LIST]) then tell_list(key, status) end
end

function steps.drop(at)
  local key, expect, forget = unpack(input, at + 1, at + 3)
  local before = get_document(key)
  if not meets(before, expect) then return conflict(key) end
  if before then
    move_due(key, true, true)
    set_document(key, false)
    if order_list(before[LIST]) then tell_list(key, false) end
  end
  for _, sold in ipairs(forget) do add_to_count(sold[2], sold[1], -sold[3]) end
end
