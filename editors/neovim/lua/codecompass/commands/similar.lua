-- `:CodeCompass similar`: finds code like that at the cursor, or around the first line of the range.

local hits = require('codecompass.hits')
local notice = require('codecompass.notice')
local place = require('codecompass.place')
local request = require('codecompass.request')

local M = {}

---@param argument table Those of the command `codecompass.similar`.
---@param picker? string
function M.to(argument, picker)
  request.execute('codecompass.similar', argument, function(problem, result)
    if problem then
      return notice.fail(problem)
    end
    local items, notes = hits.items(result or {})
    if #items == 0 then
      return notice.say(notes[1] or 'nothing like it was found')
    end
    local file = vim.fn.fnamemodify(vim.uri_to_fname(argument.uri), ':~:.')
    local title = ('Code like %s:%d'):format(file, argument.line or 1)
    require('codecompass.pickers').open(require('codecompass.source').found(title, items), picker)
  end)
end

---@param options? { picker?: string, limit?: integer, range?: codecompass.Lines }
function M.run(options)
  options = options or {}
  local uri, problem = place.current_uri()
  if not uri then
    return notice.warn(problem or '')
  end
  local line = options.range and options.range.first or vim.api.nvim_win_get_cursor(0)[1]
  M.to({ uri = uri, line = line, limit = options.limit }, options.picker)
end

function M.command(_, call)
  M.run({ range = place.of_range(call), picker = call.bang and 'quickfix' or nil })
end

return M
