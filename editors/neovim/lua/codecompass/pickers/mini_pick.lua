-- mini.pick.

local hits = require('codecompass.hits')

local M = {}

function M.usable()
  local ok, pick = pcall(require, 'mini.pick')
  -- Before its `setup()` it has no configuration, and its window cannot be opened.
  return ok and pick.config ~= nil and rawget(_G, 'MiniPick') ~= nil
end

---@param found codecompass.Item
local function item(found)
  return {
    text = ('%s  %.2f  %s'):format(hits.label(found), found.score, hits.place(found)),
    path = found.file,
    lnum = found.lnum,
    col = found.col,
    end_lnum = found.end_lnum,
    end_col = found.end_col,
  }
end

---@param source codecompass.Source
function M.open(source)
  local pick = require('mini.pick')
  if source.items then
    return pick.start({ source = { name = source.title, items = vim.tbl_map(item, source.items) } })
  end
  local match = function(_, _, characters)
    local query, tick = table.concat(characters), pick.get_querytick()
    -- Setting items below asks to match them again, with the same query.
    if tick == M.shown then
      return
    end
    M.shown = tick
    source.search(query, function(items)
      if pick.is_picker_active() and pick.get_querytick() == tick then
        pick.set_picker_items(vim.tbl_map(item, items), { do_match = false, querytick = tick })
      end
    end)
  end
  M.shown = nil
  if source.query ~= '' then
    vim.schedule(function()
      if pick.is_picker_active() then
        pick.set_picker_query(vim.fn.split(source.query, '\\zs'))
      end
    end)
  end
  pick.start({ source = { name = source.title, items = {}, match = match } })
  source.cancel()
end

return M
