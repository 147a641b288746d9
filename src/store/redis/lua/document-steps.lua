-- put, drop: src/domain/machine/document-steps.ts
local function meets(document, expect)
  if expect == 'any' then return true end
  if expect == 'absent' then return not document end
  if expect == 'present' then return document ~= false end
  return document and document[VERSION] == expect
end

-- `due` is true for never, and false for what it was: never, where there was no document.
local function set_due(key, due, existed)
  get(dues, key)
  if due ~= false or not existed then set(dues, key, due and due ~= true and context.at + due) end
end

local function tell_list(key, list)
  write_entry(cmsgpack.pack({ context.at, 'document', key, list, context.cause }))
end

function steps.put(step)
  local key, expect, body, refers, due, list = step[2], step[3], step[4], step[5], step[6], step[7]
  local before = get(documents, key)
  if not meets(before, expect) then return conflict(key) end
  if body == false and not before then return conflict(key) end
  set_due(key, due, before ~= false)
  if body == false then return end
  set(documents, key, { context.sequence, list, refers, body })
  if list ~= (before and before[LIST]) then tell_list(key, list) end
end

function steps.drop(step)
  local key, expect, forget = step[2], step[3], step[4]
  local before = get(documents, key)
  if not meets(before, expect) then return conflict(key) end
  if before then
    set_due(key, true, true)
    set(documents, key, false)
    if before[LIST] then tell_list(key, false) end
  end
  for _, sold in ipairs(forget) do add_to_count(sold[2], sold[1], -sold[3]) end
end
