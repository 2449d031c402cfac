using Michi.Assessment.Exchange;
using Microsoft.AspNetCore.Http;

namespace Michi.Assessment.Indices;

/// <summary>What a person sends to make or change an index: its names, its source, a workbook or two CSV files.</summary>
/// <param name="Problems">What is wrong with it: at <c>name-en</c>…, <c>source</c>, <c>files</c>, or at an address in a file.</param>
internal sealed record IndexUpload(Dictionary<string, string> Names, string Source, KpiTable? Table, IReadOnlyList<InputProblem> Problems)
{
    public const int MaxSource = 2000;

    /// <param name="needsTable">False where the table may stay as it is.</param>
    public static async Task<IndexUpload> OfAsync(IFormCollection form, bool needsTable, int maxBytes, CancellationToken cancel)
    {
        var names = form.Keys.Where(k => k.StartsWith("name.", StringComparison.Ordinal) && !string.IsNullOrWhiteSpace(form[k])).Take(20)
            .ToDictionary(k => k["name.".Length..], k => form[k].ToString().Trim());
        var source = form["source"].ToString().ReplaceLineEndings("\n").Trim();
        var problems = new List<InputProblem>();
        if (names.Count == 0) problems.Add(new("name-en", "required"));
        foreach (var (language, name) in names)
        {
            if (language.Length is < 2 or > 12 || !language.All(c => char.IsAsciiLetter(c) || c == '-')) problems.Add(new("name-en", "language", language));
            else Check($"name-{language}", name, KpiTableReader.MaxName);
        }
        if (source.Length == 0) problems.Add(new("source", "required"));
        else Check("source", source.Replace("\n", "", StringComparison.Ordinal), MaxSource);

        var files = form.Files.Where(f => f.Length > 0).ToList();
        if (files.Count == 0 && needsTable) problems.Add(new("files", "index-no-file"));
        if (files.Count > 2) problems.Add(new("files", "index-files"));
        if (files.Sum(f => f.Length) > maxBytes) problems.Add(new("files", "too-large", $"{maxBytes}"));
        if (files.Count is 0 or > 2 || problems.Any(p => p.Where == "files")) return new(names, source, null, problems);

        var read = new List<(string, byte[])>();
        foreach (var file in files)
        {
            using var bytes = new MemoryStream();
            await file.CopyToAsync(bytes, cancel);
            read.Add((Path.GetFileName(file.FileName), bytes.ToArray()));
        }
        var (table, faults) = KpiTableReader.Read(read);
        return new(names, source, table, [.. problems, .. faults]);

        void Check(string where, string text, int most)
        {
            if (text.Length > most) problems.Add(new(where, "too-long", $"{most}"));
            else if (text.Any(c => char.IsControl(c) || c == '\uFFFD')) problems.Add(new(where, "control-character"));
        }
    }
}
