using System.Buffers;
using System.Globalization;
using System.Text;

namespace Michi.Platform.Tables;

/// <summary>Writes and reads tables as CSV (RFC 4180).</summary>
/// <remarks>
/// A text that a spreadsheet would take for a formula is written with an apostrophe before it, as is a text that already looks so;
/// reading takes one apostrophe away again. So nothing written here is ever executed, and nothing is lost.
/// </remarks>
public static class CsvTable
{
    /// <summary>Most records read, without the header.</summary>
    public const int MaxRows = 20_000;

    private const int MaxColumns = 1_000, MaxField = 100_000;
    private const string FormulaStarts = "=+-@\t\r\n＝＋－＠";
    private static readonly SearchValues<char> Special = SearchValues.Create(",;\t\"\r\n");

    /// <summary>Writes a table in UTF-8 with a byte order mark, which spreadsheets need to know the encoding.</summary>
    public static void Write(Stream stream, Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true) { NewLine = "\r\n" };
        writer.WriteLine(string.Join(',', table.Columns.Select(c => Field(TableCell.Text(c.Header)))));
        foreach (var row in table.Rows) writer.WriteLine(string.Join(',', row.Select(Field)));
    }

    /// <summary>Writes rows as they come, for tables too long to hold.</summary>
    public static async Task WriteAsync(Stream stream, IReadOnlyList<string> headers, IAsyncEnumerable<IReadOnlyList<TableCell>> rows, CancellationToken cancel)
    {
        await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true) { NewLine = "\r\n" };
        await writer.WriteLineAsync(string.Join(',', headers.Select(h => Field(TableCell.Text(h)))));
        await foreach (var row in rows.WithCancellation(cancel)) await writer.WriteLineAsync(string.Join(',', row.Select(Field)));
    }

    private static string Field(TableCell cell) => Field(cell.AsText is { } text && LooksLikeFormula(text) ? $"'{text}" : cell.ToString());

    private static string Field(string text) =>
        text.AsSpan().ContainsAny(Special) || text.StartsWith(' ') || text.EndsWith(' ') ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static bool LooksLikeFormula(string text) => text.TrimStart('\'') is { Length: > 0 } rest && FormulaStarts.Contains(rest[0], StringComparison.Ordinal);

    /// <summary>Reads a file separated by commas, semicolons or tabs, in UTF-8, or in UTF-16 with a byte order mark.</summary>
    public static TablesReading Read(ReadOnlySpan<byte> file, string name)
    {
        var problems = new List<TableProblem>();
        if (Decode(file, problems) is not { } text) return new([], problems);
        var rows = new List<ReadRow>();
        var columns = Array.Empty<string>();
        foreach (var (line, fields) in Records(text, DelimiterOf(text), problems))
        {
            if (rows.Count == 0) columns = [.. fields];
            if (rows.Count > MaxRows)
            {
                problems.Add(new(Line(line), "too-many-rows", Invariant(MaxRows)));
                break;
            }
            rows.Add(new(line, [.. fields.Select((field, i) => new ReadCell(i, LooksLikeFormula(field) && field[0] == '\'' ? field[1..] : field)).Where(c => c.Text.Length > 0)]));
        }
        rows.RemoveAll(r => r.Cells.Count == 0);
        return new([new(name, rows, [], (row, column) => column >= 0 && column < columns.Length ? $"{Line(row)} ({columns[column].Trim()})" : Line(row))], problems);
    }

    private static string Line(int line) => $"line {Invariant(line)}";

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Decode(ReadOnlySpan<byte> file, List<TableProblem> problems)
    {
        var encoding = file is [0xFF, 0xFE, ..] ? new UnicodeEncoding(bigEndian: false, true, throwOnInvalidBytes: true)
            : file is [0xFE, 0xFF, ..] ? new UnicodeEncoding(bigEndian: true, true, throwOnInvalidBytes: true)
            : (Encoding)new UTF8Encoding(true, throwOnInvalidBytes: true);
        if (file.StartsWith(encoding.Preamble)) file = file[encoding.Preamble.Length..];
        try
        {
            var text = encoding.GetString(file);
            var zero = text.IndexOf('\0', StringComparison.Ordinal);
            if (zero < 0) return text;
            problems.Add(new(Line(1 + text.AsSpan(0, zero).Count('\n')), "encoding"));
        }
        catch (DecoderFallbackException fault)
        {
            var before = file[..Math.Clamp(fault.Index, 0, file.Length)];
            problems.Add(new(Line(1 + (encoding is UTF8Encoding ? before.Count((byte)'\n') : 0)), "encoding"));
        }
        return null;
    }

    // The separator that stands most often in the header, outside quotes.
    private static char DelimiterOf(string text)
    {
        var counts = new Dictionary<char, int> { [','] = 0, [';'] = 0, ['\t'] = 0 };
        var quoted = false;
        foreach (var c in text)
        {
            if (c == '"') quoted = !quoted;
            else if (!quoted && c is '\n' or '\r') break;
            else if (!quoted && counts.TryGetValue(c, out var count)) counts[c] = count + 1;
        }
        return counts.MaxBy(c => c.Value).Key;
    }

    private static IEnumerable<(int Line, List<string> Fields)> Records(string text, char delimiter, List<TableProblem> problems)
    {
        var (at, line) = (0, 1);
        var field = new StringBuilder();
        while (at < text.Length)
        {
            var (start, fields) = (line, new List<string>());
            for (var ended = false; !ended;)
            {
                field.Clear();
                if (at < text.Length && text[at] == '"')
                {
                    var opened = line;
                    for (at++; ; at++)
                    {
                        if (at >= text.Length || field.Length > MaxField)
                        {
                            problems.Add(new(Line(opened), "quotes"));
                            yield break;
                        }
                        if (text[at] == '"' && (at + 1 >= text.Length || text[at + 1] != '"')) break;
                        if (text[at] == '"') at++;
                        if (text[at] == '\n' || (text[at] == '\r' && (at + 1 >= text.Length || text[at + 1] != '\n'))) line++;
                        field.Append(text[at]);
                    }
                    at++;
                    if (at < text.Length && text[at] != delimiter && text[at] is not ('\r' or '\n'))
                    {
                        problems.Add(new(Line(line), "quotes"));
                        yield break;
                    }
                }
                else
                {
                    while (at < text.Length && text[at] != delimiter && text[at] is not ('\r' or '\n')) field.Append(text[at++]);
                }
                fields.Add(field.ToString());
                if (fields.Count > MaxColumns)
                {
                    problems.Add(new(Line(start), "too-many-columns", Invariant(MaxColumns)));
                    yield break;
                }
                ended = at >= text.Length || text[at] != delimiter;
                if (at < text.Length && !(text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n')) at++;
                else at += 2;
                if (ended) line++;
            }
            yield return (start, fields);
        }
    }
}
