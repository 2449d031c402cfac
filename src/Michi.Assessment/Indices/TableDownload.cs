using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Indices;

/// <summary>Tables as a file to download.</summary>
internal static class TableDownload
{
    /// <param name="format"><c>xlsx</c> for all tables, <c>csv</c> for one.</param>
    /// <param name="sheet">Name of the table for CSV; the first where it is null.</param>
    /// <returns>Null where there is no such format or table.</returns>
    public static FileResult? Of(string? format, string name, IReadOnlyList<Table> tables, string? sheet = null)
    {
        var one = sheet is null ? tables[0] : tables.FirstOrDefault(t => t.Name == sheet);
        if (format is not ("csv" or "xlsx") || one is null) return null;
        var file = new MemoryStream();
        if (format == "csv") CsvTable.Write(file, one);
        else XlsxFile.Write(file, tables);
        file.Position = 0;
        return new FileStreamResult(file, format == "csv" ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet") { FileDownloadName = $"{name}.{format}" };
    }
}
