-- put, drop: src/domain/machine/document-steps.ts
local function meets(document, expect)
  if expect == 'any' then return true end
  if expect == 'absent' then return not document end
  if expect == 'present' then return document ~= false end
  return document and document.version == expect
end

-- `due` is false where it stays as it is, true where it becomes never.
local function due_of(due, before)
  if due == false then return before and before.due_at or false end
  return due ~= true and context.at + due
end

local function tell_list(key, list)
  ledger[#ledger + 1] = { id = next_entry_id(), fields = { context.at, 'document', key, list, context.cause } }
end

local function put(step)
  local key, expect, body, refers, due, list = unpack(step, 2, 7)
  local before = get(documents, key)
  if not meets(before, expect) then return conflict(key) end
  local due_at = due_of(due, before)
  if body == false then
    if not before then return conflict(key) end
    local moved = { version = before.version, list = before.list, holds = before.holds, body = before.body }
    moved.due_at = due_at
    set(documents, key, moved)
    return
  end
  set(documents, key, { version = context.sequence, list = list, holds = refers, body = body, due_at = due_at })
  if list ~= (before and before.list) then tell_list(key, list) end
end

local function drop(step)
  local key, expect, forget = step[2], step[3], step[4]
  local before = get(documents, key)
  if not meets(before, expect) then return conflict(key) end
  if before then
    set(documents, key, false)
    if before.list then tell_list(key, false) end
  end
  for _, sold in ipairs(forget) do add_to_count(sold[2], sold[1], -sold[3]) end
end
