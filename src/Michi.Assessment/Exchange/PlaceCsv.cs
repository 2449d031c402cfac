using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.Assessment.Exchange;

/// <summary>One table of a place file as CSV, with the columns its sheet has in a workbook.</summary>
public static class PlaceCsv
{
    /// <summary>Tables that can be had as CSV.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["evidence", "ratings", "consensus"];

    /// <param name="table">One of <see cref="Tables"/>.</param>
    /// <param name="language">Language of headers and choices; null for ids, which any program reads alike.</param>
    public static void Write(Stream stream, PlaceFile file, string table, ContentPack pack, UiTexts texts, string? language = null) =>
        CsvTable.Write(stream, new PlaceTableWriter(new(pack, texts), language).Write(table, file));

    /// <summary>Reads a table, known by its header.</summary>
    /// <param name="place">Place of rows that name none.</param>
    public static PlaceFileReading Read(ReadOnlySpan<byte> file, ContentPack pack, UiTexts texts, string? language, string? place = null)
    {
        var (tables, reading) = (new PlaceTables(pack, texts), CsvTable.Read(file, ""));
        if (reading.Tables is not [{ } table]) return PlaceTableReader.Read(reading, tables, language, place);
        return PlaceTableReader.Recognise(table, tables) is { } id
            ? PlaceTableReader.Read(reading with { Tables = [table with { Name = id }] }, tables, language, place)
            : new(null, [.. reading.Problems.Select(p => new InputProblem(p.Where, p.Code, p.Arguments)), new("line 1", "csv-unknown", string.Join(", ", Tables.Select(t => tables.Name(t, language))))]);
    }
}
