-- Shop time is the wall clock plus the shop's offset, never before the last time used. src/store/time/shop-time.ts has
-- the same rules, docs/decisions/time.md the reasons. Its functions are in one table, because a function may have only
-- 200 locals.
local shop_time = {
  -- The field `clock` of meta, parsed only when its text has changed.
  text = false, offset = 0, slew_from = false, skipped = 0,
}

function shop_time.parse(text)
  if text == shop_time.text then return end
  local fields = {}
  for field in string.gmatch(text, '[^ ]+') do fields[#fields + 1] = tonumber(field) or false end
  if text ~= '' and not fields[1] then error(keys.meta .. ' has a bad clock', 0) end
  shop_time.text, shop_time.offset = text, fields[1] or 0
  shop_time.slew_from, shop_time.skipped = fields[2] or false, fields[3] or 0
end

-- `given` is a test's own time, or false.
function shop_time.wall(given)
  if given then return given end
  local time = call('TIME')
  local micros = tonumber(time[2])
  return tonumber(time[1]) * 1000 + (micros - micros % 1000) / 1000
end

-- After an operator has accepted the wall clock, a positive offset shrinks by a tenth of the elapsed wall time.
function shop_time.offset_at(wall)
  local offset, slew_from = shop_time.offset, shop_time.slew_from
  if not slew_from or offset <= 0 or wall <= slew_from then return offset end
  local passed = wall - slew_from
  local shrunk = (passed - passed % SHOP_CLOCK.SLEW_DIVISOR) / SHOP_CLOCK.SLEW_DIVISOR
  return shrunk < offset and offset - shrunk or 0
end

-- Returns whether the calling process (`earliest`, `latest`) or the shop's last time rules out the wall clock. A last
-- time after `latest` proves that the shop has already used a time that this process considers impossible.
function shop_time.has_stepped(now, earliest, latest, last)
  if not latest then return false end
  if now < earliest or (last and now < last - SHOP_CLOCK.STEP_MS) then return true end
  return now > latest and not (last and last > latest)
end

-- Returns milliseconds, never before the last time used, nor before the time that the process has seen (`floor`).
function shop_time.never_back(now, floor, last)
  if now < floor then now = floor end
  return last and last > now and last or now
end

-- Returns the time by which the hashes rotate. A batch that is guarded against steps skips gaps, which changes `text`.
function shop_time.in_use(at, last, is_guarded)
  local gap = is_guarded and last and at - last or 0
  if gap > SHOP_CLOCK.GAP_MS_MAX then
    local skipped = shop_time.skipped + gap - SHOP_CLOCK.GAP_MS_MAX
    local slew_from = shop_time.slew_from and digits(shop_time.slew_from) or '-'
    shop_time.parse(digits(shop_time.offset) .. ' ' .. slew_from .. ' ' .. digits(skipped))
  end
  return at - shop_time.skipped
end
