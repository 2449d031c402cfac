using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Michi.Platform.Accounts;
using Michi.UnitTests;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Roadmap;

public sealed class PlanDocumentTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pdf", "application/pdf", "%PDF")]
    [InlineData("html", "text/html", "<!DOCTYPE html>")]
    [InlineData("json", "application/json", "{")]
    [InlineData("xml", "application/xml", "<?xml")]
    [InlineData("ics", "text/calendar", "BEGIN:VCALENDAR")]
    [InlineData("csv", "text/csv", "")]
    [InlineData("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK")]
    public async Task Get_AdoptedPlanInEveryForm_ComesToEveryone(string format, string type, string begin)
    {
        var scene = await RoadmapScene.AdoptedAsync(server);

        var answer = await server.Anonymous().GetAsync($"api/places/{scene.Slug}/roadmap?format={format}", Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith(begin, Encoding.UTF8.GetString((await answer.Content.ReadAsByteArrayAsync(Cancel)).AsSpan(0, 20)).TrimStart('\uFEFF'), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format=docx", HttpStatusCode.UnprocessableEntity)]
    [InlineData("lang=xx", HttpStatusCode.UnprocessableEntity)]
    [InlineData("kind=half", HttpStatusCode.UnprocessableEntity)]
    public async Task Get_UnknownForm_IsRefusedInWords(string query, HttpStatusCode expected)
    {
        var scene = await RoadmapScene.AdoptedAsync(server);

        Assert.Equal(expected, (await server.Anonymous().GetAsync($"api/places/{scene.Slug}/roadmap?{query}", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_MsProjectFile_HoldsTasksInOrderOfTheSchemaWithTheirPredecessors()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);

        var project = XDocument.Parse(await server.Anonymous().GetStringAsync($"api/places/{scene.Slug}/roadmap?format=xml", Cancel)).Root!;

        // The order of the elements in mspdi_pj12.xsd (Microsoft Office Project 2007 XML Data Interchange Schema), as far as they are used.
        string[] order = ["UID", "ID", "Name", "Type", "IsNull", "OutlineLevel", "Start", "Finish", "Duration", "DurationFormat", "Milestone", "Summary", "FixedCost", "ConstraintType", "ConstraintDate", "Notes", "PredecessorLink"];
        XNamespace p = "http://schemas.microsoft.com/project";
        var tasks = project.Descendants(p + "Task").ToList();
        Assert.Equal(3, tasks.Count);
        foreach (var task in tasks)
        {
            var names = task.Elements().Select(e => Array.IndexOf(order, e.Name.LocalName)).ToList();
            Assert.DoesNotContain(-1, names);
            Assert.Equal(names.Order(), names);
        }
        var sensors = tasks.Single(t => t.Element(p + "Name")!.Value == "Sensors");
        Assert.Equal(tasks.Single(t => t.Element(p + "Name")!.Value == "City map").Element(p + "UID")!.Value, sensors.Element(p + "PredecessorLink")!.Element(p + "PredecessorUID")!.Value);
        Assert.Equal($"{scene.Start.Plus(2).FirstDay:yyyy-MM-dd}T08:00:00", sensors.Element(p + "Start")!.Value);
    }

    [Fact]
    public async Task Get_Calendar_HasAnEventForEachInitiativeAndMilestoneInLinesOfAtMost75Octets()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);

        var bytes = await server.Anonymous().GetByteArrayAsync($"api/places/{scene.Slug}/roadmap?format=ics&lang=ja", Cancel);

        var lines = Encoding.UTF8.GetString(bytes).Split("\r\n");
        Assert.All(lines, line => Assert.InRange(Encoding.UTF8.GetByteCount(line), 0, 75));
        Assert.Equal(3, lines.Count(l => l == "BEGIN:VEVENT"));
        Assert.Contains($"DTSTART;VALUE=DATE:{scene.Start.FirstDay:yyyyMMdd}", lines);
        // The end of a whole day is the day after it (RFC 5545, 3.6.1).
        Assert.Contains($"DTEND;VALUE=DATE:{scene.Start.Plus(2).FirstDay:yyyyMMdd}", lines);
    }

    [Fact]
    public async Task Get_Workbook_HoldsEveryTable()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);

        using var zip = new ZipArchive(await server.Anonymous().GetStreamAsync($"en/{scene.Slug}/roadmap.xlsx", Cancel));

        Assert.Equal(10, zip.Entries.Count(e => e.FullName.StartsWith("xl/worksheets/sheet", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Get_DraftPlan_OnlyContributorsOfThePlaceSeeIt()
    {
        var (scene, other) = (await RoadmapScene.AdoptedAsync(server), await RoadmapScene.AdoptedAsync(server));
        await RoadmapScene.LookAsync(server, async db => await db.Plans.Where(p => p.Id == scene.PlanId).ExecuteUpdateAsync(p => p.SetProperty(x => x.AdoptedAt, (DateTimeOffset?)null), Cancel));
        var person = await server.PersonAsync(Role.Assessor, scene.Slug);
        var contributor = await server.SignedInAsync(person.Email, Person.Password);

        foreach (var path in new[] { "roadmap/report", "roadmap/summary", "roadmap.json", "roadmap.csv?table=schedule" })
        {
            var query = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
            Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/{scene.Slug}/{path}", Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/{scene.Slug}/{path}{query}plan={scene.PlanId}", Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await contributor.GetAsync($"en/{scene.Slug}/{path}{query}plan={scene.PlanId}", Cancel)).StatusCode);
            // The id of a plan does not open it at another place.
            Assert.Equal(HttpStatusCode.NotFound, (await contributor.GetAsync($"en/{other.Slug}/{path}{query}plan={scene.PlanId}", Cancel)).StatusCode);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"api/places/{scene.Slug}/roadmap", Cancel)).StatusCode);
    }

    [Theory]
    [InlineData("en", "Roadmap on one page")]
    [InlineData("ja", "ロードマップ（1ページ版）")]
    public async Task Plan_SampleCityOnOnePage_FitsOneSheet(string language, string title)
    {
        var folder = Directory.CreateTempSubdirectory("michi-test-").FullName;
        try
        {
            var file = Path.Combine(folder, "plan.pdf");
            var run = await MichiProcess.RunAsync("plan", Path.Combine(ProjectFolder.Path, "samples", "siem-reap"), "--effort", "3000", "--summary", "--lang", language, "--out", file);

            Assert.Equal((0, ""), (run.Code, run.Output));
            var text = await TextAsync(file);
            Assert.Contains(title, text, StringComparison.Ordinal);
            // A form feed ends every page.
            Assert.Equal(1, text.Count(c => c == '\f'));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Get_WholePlan_NamesEveryInitiativeWithItsFiguresAndSources()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);

        var page = await server.Anonymous().GetStringAsync($"en/{scene.Slug}/roadmap/report", Cancel);

        Assert.Contains("City map", page, StringComparison.Ordinal);
        Assert.Contains("Sensors", page, StringComparison.Ordinal);
        var json = JsonDocument.Parse(await server.Anonymous().GetStringAsync($"api/places/{scene.Slug}/roadmap", Cancel)).RootElement;
        Assert.Equal(2, json.GetProperty("outcome").GetProperty("starts").GetProperty("sensors").GetInt32());
        Assert.Contains("700", page, StringComparison.Ordinal);
        Assert.Contains("assumption", page, StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(string pdf)
    {
        using var process = Process.Start(new ProcessStartInfo("pdftotext", [pdf, "-"]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return text;
    }
}
