-- `:CodeCompass restart`: ends the server and starts it again, also one that broke down too often.

local M = {}

function M.command()
  require('codecompass.server').restart()
end

return M
