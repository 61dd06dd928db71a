-- `:CodeCompass log`: what the server wrote, its end first in sight. Neovim keeps one file for all servers.

local M = {}

function M.command()
  local path = vim.lsp.log.get_filename()
  vim.cmd('botright split ' .. vim.fn.fnameescape(path))
  vim.bo.readonly = true
  vim.bo.autoread = true
  vim.cmd('normal! G')
end

return M
