using Michi.Platform.Languages;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Platform.Tables;

/// <summary>Links to a table of a page as a file (<c>_Downloads.cshtml</c>).</summary>
/// <param name="Name">What the table is called on the page.</param>
public sealed record TableLinks(Words T, string Name, string Csv, string Xlsx);

/// <summary>Tables as a file to download.</summary>
public static class TableDownload
{
    /// <param name="format"><c>xlsx</c> for all tables, <c>csv</c> for one.</param>
    /// <param name="name">Name of the file without its ending.</param>
    /// <param name="tables">At least one.</param>
    /// <param name="sheet">Name of the table for CSV; the first where it is null.</param>
    /// <returns>Null where there is no such format or table.</returns>
    public static FileStreamResult? Of(string? format, string name, IReadOnlyList<Table> tables, string? sheet = null)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var one = sheet is null ? tables[0] : tables.FirstOrDefault(t => t.Name == sheet);
        if (format is not ("csv" or "xlsx") || one is null) return null;
        var file = new MemoryStream();
        if (format == "csv") CsvTable.Write(file, one);
        else XlsxFile.Write(file, tables);
        file.Position = 0;
        return new FileStreamResult(file, format == "csv" ? Csv : Xlsx) { FileDownloadName = $"{name}.{format}" };
    }

    /// <summary>One table as a file; not found where there is no such format.</summary>
    public static IActionResult Answer(string? format, string name, Table table) => Of(format, name, [table]) ?? (IActionResult)new NotFoundResult();

    public const string Csv = "text/csv; charset=utf-8", Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}
