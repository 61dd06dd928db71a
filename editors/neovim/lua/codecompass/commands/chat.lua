-- `:CodeCompass chat [ACTION]`.

local M = {}

function M.command(rest)
  require('codecompass.chat').run(rest ~= '' and rest or 'toggle')
end

function M.complete()
  return require('codecompass.chat').ACTIONS
end

return M
