// How tables write what is withheld: `gone` names such cells of a row (see panel_table.py).
(window.dashAgGridFunctions = window.dashAgGridFunctions || {});
window.dashAgGridFunctions.said = function (params, written) {
  var gone = (params.data && params.data.gone) || [];
  return gone.indexOf(params.colDef.field) >= 0 ? "withheld" : written;
};
