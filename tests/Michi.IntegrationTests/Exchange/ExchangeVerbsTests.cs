using System.Text.Json;
using Michi.Assessment.Exchange;

namespace Michi.IntegrationTests.Exchange;

/// <summary><c>michi workbook</c>, <c>import</c> and <c>export</c> as an adviser uses them.</summary>
public sealed class ExchangeVerbsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-verbs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public async Task Workbook_Import_Export_CarryASampleThroughEveryFormat()
    {
        var sample = Path.Combine(AppContext.BaseDirectory, "samples", "siem-reap", "siem-reap.json");
        var pieces = PlaceFileJson.Read(await File.ReadAllBytesAsync(sample, TestContext.Current.CancellationToken)).File!.Evidence.Count;

        Assert.Equal(0, (await MichiProcess.RunAsync("workbook", sample, "--lang", "ja", "--out", At("survey.xlsx"))).Code);
        var imported = await MichiProcess.RunAsync("import", At("survey.xlsx"), "--data", At("data"), "--json");
        Assert.Equal((0, pieces), (imported.Code, JsonElement.Parse(imported.Output).GetProperty("evidenceAdded").GetInt32()));
        Assert.EndsWith("100 %\n", imported.Errors, StringComparison.Ordinal);
        foreach (var format in new[] { "json", "xlsx", "csv" })
        {
            Assert.Equal(0, (await MichiProcess.RunAsync("export", "siem-reap", "--out", At($"back.{format}"), "--data", At("data"))).Code);
            var again = await MichiProcess.RunAsync("import", At($"back.{format}"), "--data", At("data"), "--json");
            Assert.Equal((0, pieces), (again.Code, JsonElement.Parse(again.Output).GetProperty("evidenceSame").GetInt32()));
        }
    }

    [Fact]
    public async Task Import_FaultyFile_TellsEachFaultAndExitsWithOne()
    {
        await File.WriteAllTextAsync(At("faulty.csv"), "id,place,statement:en\nx,nowhere,\"text\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(At("faulty.json"), "{\"evidence\":[{\"id\":\"a b\"}]}", TestContext.Current.CancellationToken);

        var csv = await MichiProcess.RunAsync("import", At("faulty.csv"), "--data", At("data"), "--lang", "ja");
        var json = await MichiProcess.RunAsync("import", At("faulty.json"), "--data", At("data"), "--json");

        Assert.Equal((1, 1), (csv.Code, json.Code));
        Assert.Contains("2行目", csv.Output, StringComparison.Ordinal);
        Assert.Contains(JsonElement.Parse(json.Output).GetProperty("problems").EnumerateArray(), p => p.GetProperty("where").GetString() == "evidence[0].id");
    }

    [Fact]
    public async Task Verbs_WrongUse_IsTold()
    {
        var missing = await MichiProcess.RunAsync("import", At("none.xlsx"), "--data", At("data"));
        var ending = await MichiProcess.RunAsync("export", "siem-reap", "--out", At("x.docx"), "--data", At("data"));
        var place = await MichiProcess.RunAsync("export", "nowhere", "--out", At("x.json"), "--data", At("data"));
        var folder = await MichiProcess.RunAsync("workbook", "--out", At("no/such/folder/x.xlsx"));

        Assert.Equal((2, 2, 2, 2), (missing.Code, ending.Code, place.Code, folder.Code));
        Assert.Contains("There is no place nowhere.", place.Errors, StringComparison.Ordinal);
        Assert.Contains("cannot write", folder.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(At("x.json")));
    }
}
