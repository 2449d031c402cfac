using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Michi.UnitTests;

/// <summary>Finds reference data (inputs with known answers) that lies beside the project in <c>../shared/refs</c>.</summary>
/// <remarks>Where it is missing a test skips and says so; on CI (<c>CI=true</c>) it fails instead.</remarks>
internal static class ReferenceData
{
    private static readonly string? Root = Find();

    /// <summary>The full path of a reference file, for example <c>stages/mrsort_cities300.csv</c>.</summary>
    public static string PathOf(string file)
    {
        if (Root is null)
        {
            const string message = "The reference data (../shared/refs beside the project) is not here.";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
            Assert.Skip(message);
        }
        return Path.Combine(Root, file);
    }

    /// <summary>The rows of a reference CSV file, each as header → text; an empty cell is an empty string.</summary>
    public static List<Dictionary<string, string>> Csv(string file)
    {
        using var reader = new StreamReader(PathOf(file));
        using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture) { MissingFieldFound = null });
        csv.Read();
        csv.ReadHeader();
        var header = csv.HeaderRecord!;
        var rows = new List<Dictionary<string, string>>();
        while (csv.Read()) rows.Add(header.Select((name, i) => (name, value: csv.GetField(i) ?? "")).ToDictionary(c => c.name, c => c.value));
        return rows;
    }

    /// <summary>A number as the reference files write it; empty, <c>NA</c> and <c>NaN</c> are NaN.</summary>
    public static double Number(string text) =>
        text is "" or "NA" or "NaN" ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Michi.slnx"))) continue;
            var refs = Path.Combine(folder.Parent!.FullName, "shared", "refs");
            return Directory.Exists(refs) ? refs : null;
        }
        return null;
    }
}
