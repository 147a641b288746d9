-- The live hold that a step names, with its SKU: src/domain/machine/live-hold.ts
-- The hold and its stock; or nil with the reason and its meta. `owner` and `quantity` are false where any will do.
local function live_hold(hold_id, owner, quantity)
  local hold = get_hold(hold_id)
  if not hold then return nil, 'unknown_hold', { holdId = hold_id, state = 'unknown' } end
  if not is_live(hold) then return nil, 'hold_not_active', { holdId = hold_id, state = STATES[hold[STATE]] } end
  if owner and owner ~= hold[OWNER] then return nil, conflict('hold:' .. hold_id) end
  if quantity and quantity ~= hold[QUANTITY] then return nil, conflict('hold:' .. hold_id) end
  local record = get_stock(hold[SKU])
  if not record then error('Error: hold ' .. hold_id .. ' is of a SKU that is not there: ' .. hold[SKU], 0) end
  return hold, record
end
