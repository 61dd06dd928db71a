-- The quickfix list.

local hits = require('codecompass.hits')

local M = {}

function M.usable()
  return true
end

---@param source codecompass.Source
function M.open(source)
  require('codecompass.pickers.select').gather(source, function(items, title)
    hits.to_quickfix(items, 'CodeCompass: ' .. title)
    vim.cmd('botright copen')
  end)
end

return M
