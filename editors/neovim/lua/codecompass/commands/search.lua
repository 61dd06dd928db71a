-- `:CodeCompass search [QUERY]`: with `!` the result goes into the quickfix list.

local M = {}

local FILTERS = { 'lang:', 'path:', 'kind:' }

---@param query? string
---@param options? { picker?: string, limit?: integer }
function M.run(query, options)
  options = options or {}
  local source = require('codecompass.source').live(query, options.limit)
  require('codecompass.pickers').open(source, options.picker)
end

function M.command(rest, call)
  M.run(rest ~= '' and rest or nil, { picker = call.bang and 'quickfix' or nil })
end

function M.complete()
  return FILTERS
end

return M
