-- `:CodeCompass why [FILE]`: why a file is, or is not, indexed.

local notice = require('codecompass.notice')
local place = require('codecompass.place')
local request = require('codecompass.request')

local M = {}

function M.command(rest)
  local uri, reason = place.current_uri()
  if rest ~= '' then
    uri = vim.uri_from_fname(vim.fn.fnamemodify(vim.fs.normalize(rest), ':p'))
  end
  if not uri then
    return notice.warn(reason or '')
  end
  request.execute('codecompass.why', { uri = uri }, function(problem, result)
    if problem then
      return notice.fail(problem)
    end
    notice.say((result or {}).message or '')
  end)
end

function M.complete(lead)
  return vim.fn.getcompletion(lead, 'file')
end

return M
