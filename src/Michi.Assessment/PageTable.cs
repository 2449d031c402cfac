using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.Assessment;

/// <summary>The table of a page as a file: headers in the page's language, numbers unrounded.</summary>
internal static class PageTable
{
    public static Table Of(string name, IEnumerable<string> headers, IEnumerable<IReadOnlyList<TableCell>> rows) => new(name, [.. headers.Select(h => new TableColumn(h))], rows) { FrozenColumns = 2 };

    /// <summary>Headers by their id, interface texts <c>tables.column.{id}</c>.</summary>
    public static IEnumerable<string> Headers(Words t, params IEnumerable<string> ids) => ids.Select(id => t[$"tables.column.{id}"]);

    /// <summary>Headers of the probabilities of levels 0–4.</summary>
    public static IEnumerable<string> Levels(Words t) => Enumerable.Range(0, Approach.ContentPack.Levels).Select(l => t["tables.column.level", l]);

    public static IEnumerable<TableCell> Numbers(IEnumerable<double> numbers) => numbers.Select(n => TableCell.Number(n));
}
