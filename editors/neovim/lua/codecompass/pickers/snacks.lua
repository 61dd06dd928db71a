-- snacks.nvim.

local hits = require('codecompass.hits')

local M = {}

function M.usable()
  local ok, snacks = pcall(require, 'snacks')
  if not ok then
    return false
  end
  -- Many have it for something else: only who turned its picker on picks with it.
  local picker = snacks.config and snacks.config.picker
  return require('codecompass.options').get().picker == 'snacks' or (picker ~= nil and picker.enabled == true)
end

---@param found codecompass.Item
local function item(found)
  return {
    text = hits.label(found) .. ' ' .. found.path,
    file = found.file,
    pos = { found.lnum, found.col - 1 },
    end_pos = { found.end_lnum, found.end_col - 1 },
    found = found,
  }
end

---@param source codecompass.Source
function M.open(source)
  local opts = {
    title = source.title,
    format = function(shown)
      local found = shown.found
      return {
        { hits.label(found), 'SnacksPickerLabel' },
        { ('  %.2f  '):format(found.score), 'SnacksPickerIdx' },
        { hits.place(found), 'SnacksPickerDir' },
      }
    end,
    preview = 'file',
  }
  if source.items then
    opts.items = vim.tbl_map(item, source.items)
    return require('snacks').picker.pick(opts)
  end
  opts.live = true
  opts.supports_live = true
  opts.search = source.query
  -- The server's order is the right one.
  opts.sort = { fields = { 'idx' } }
  opts.on_close = source.cancel
  opts.finder = function(_, context)
    local query = context.filter.search
    if query == '' then
      return {}
    end
    return function(each)
      local found = nil ---@type codecompass.Item[]?
      vim.schedule(function()
        source.search(query, function(items)
          found = items
          context.async:resume()
        end)
      end)
      while not found do
        context.async:suspend()
      end
      for _, entry in ipairs(found or {}) do
        each(item(entry))
      end
    end
  end
  require('snacks').picker.pick(opts)
end

return M
