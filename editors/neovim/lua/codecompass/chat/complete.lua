-- Completion of what follows an `@` in a question.

local place = require('codecompass.place')

local M = {}

-- A completion that takes longer than this is worth nothing.
local WITHIN = 500

---For 'omnifunc'.
---@param find_start 0|1
---@param base string
---@return integer|table
function M.omnifunc(find_start, base)
  if find_start == 1 then
    local column = vim.api.nvim_win_get_cursor(0)[2]
    local before = vim.api.nvim_get_current_line():sub(1, column)
    local at = before:find('@[^%s@]*$')
    return at and at - 1 or -3
  end
  local client = require('codecompass.server').client()
  if not client then
    return {}
  end
  local editor = place.editor()
  local params = { prefix = base:gsub('^@', ''), uri = editor and editor.uri }
  local reply = client:request_sync('codecompass/complete', params, WITHIN)
  local items = reply and not reply.err and reply.result and reply.result.items or {}
  return vim.tbl_map(function(item)
    return { word = item.text, menu = item.detail, kind = item.kind, dup = 1 }
  end, items)
end

return M
