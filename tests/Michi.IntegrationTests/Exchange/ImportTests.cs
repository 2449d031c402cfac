using System.Net;
using System.Text;
using System.Text.Json;
using Michi.Assessment.Exchange;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;
using static Michi.IntegrationTests.Exchange.ExchangeScene;

namespace Michi.IntegrationTests.Exchange;

public sealed class ImportTests(MichiServer server)
{
    private async Task<HttpClient> ProgramAsync(string? place, Role role = Role.Assessor) => await server.ProgramAsync(await server.PersonAsync(role, place));

    private static IEnumerable<string> Sentences(JsonElement problem, string where) => problem.GetProperty("errors").GetProperty(where).EnumerateArray().Select(e => e.GetString()!);

    [Fact]
    public async Task Import_FileAboutACity_LeavesItsNoteOffTheCountry()
    {
        var notes = await server.LookAsync(db => db.Places.Where(p => p.Slug == "cambodia" || p.Slug == "phnom-penh").ToDictionaryAsync(p => p.Slug, p => p.Note));

        Assert.Empty(notes["cambodia"]);
        Assert.Equal(2, notes["phnom-penh"].Count);
    }

    [Fact]
    public async Task Post_SoundWorkbook_IsTakenOverAndSaidSo()
    {
        var scene = await NewAsync(server);
        var browser = await server.SignedInAsync("assessor");
        var stands = await scene.StandsAsync(scene.City);
        var file = stands with { Evidence = [.. stands.Evidence.Select(e => e with { Source = e.Id.EndsWith("open", StringComparison.Ordinal) ? "https://example.org/newer" : e.Source }), scene.Evidence("new", scene.City) with { Id = "" }] };

        var (answer, _) = await UploadAsync(browser, $"ja/{scene.City}/import", Workbook(file, "ja"));

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Contains("根拠1件、変更した根拠1件、変更のない根拠3件", WebUtility.HtmlDecode(await browser.GetStringAsync(answer.Headers.Location!.OriginalString, Cancel)), StringComparison.Ordinal);
        var now = await scene.StandsAsync(scene.City);
        var changed = now.Evidence.Single(e => e.Id.EndsWith("open", StringComparison.Ordinal));
        Assert.Equal(("https://example.org/newer", 2), (changed.Source, changed.Version));
        Assert.Equal([1, 2, 3], Assert.Single(changed.Attachments).Bytes);
        Assert.Single(now.Evidence, e => e.Statement["en"].StartsWith("Fact new", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_FaultyWorkbook_ShowsEveryCellAndTakesNothing()
    {
        var scene = await NewAsync(server);
        var before = PlaceFileJson.Write(await scene.StandsAsync(scene.City));
        var file = new PlaceFile
        {
            Evidence = [scene.Evidence("good", scene.City), scene.Evidence("bad", scene.City) with { Kind = "rumour", Date = "令和5年" }, scene.Evidence("worse", scene.City) with { Elements = [], Source = "" }],
        };

        var (answer, html) = await UploadAsync(await server.SignedInAsync("assessor"), $"en/{scene.City}/import", Workbook(file));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("Nothing was imported. 4 faults are to be mended.", html, StringComparison.Ordinal);
        Assert.Contains("\"rumour\" is not possible here. Possible: Document, Statistic", html, StringComparison.Ordinal);
        foreach (var cell in new[] { "Evidence!G3", "Evidence!F3", "Evidence!E4", "Evidence!J4" }) Assert.Contains($">{cell}<", html, StringComparison.Ordinal);
        Assert.Equal(before, PlaceFileJson.Write(await scene.StandsAsync(scene.City)));
    }

    [Fact]
    public async Task Post_CheckOnly_TellsWhatWouldBeAndChangesNothing()
    {
        var scene = await NewAsync(server);
        var before = PlaceFileJson.Write(await scene.StandsAsync(scene.City));

        var (answer, html) = await UploadAsync(await server.SignedInAsync("assessor"), $"en/{scene.City}/import", Workbook(new() { Evidence = [scene.Evidence("good", scene.City)] }), check: true);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("The file is sound; nothing was changed.", html, StringComparison.Ordinal);
        Assert.Equal(before, PlaceFileJson.Write(await scene.StandsAsync(scene.City)));
    }

    [Fact]
    public async Task Post_NoFileOrTooLarge_IsRefusedWithTheReason()
    {
        var scene = await NewAsync(server);
        var browser = await server.SignedInAsync("assessor");

        var (none, noneHtml) = await UploadAsync(browser, $"en/{scene.City}/import", null);
        var (large, largeHtml) = await UploadAsync(browser, $"en/{scene.City}/import", new byte[server.Options.MaxUploadBytes + 1]);
        var (program, _) = await ImportAsync(await ProgramAsync(scene.City), scene.City, new byte[server.Options.MaxUploadBytes + 1]);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity, HttpStatusCode.RequestEntityTooLarge), (none.StatusCode, large.StatusCode, program));
        Assert.Contains("Choose a file.", noneHtml, StringComparison.Ordinal);
        Assert.Contains("larger than 2 MB", largeHtml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ContributorOfACity_ChangesTheCityOnly()
    {
        var scene = await NewAsync(server);
        var program = await ProgramAsync(scene.City);
        var stands = await scene.StandsAsync(scene.City);
        PlaceFile Edited(string id) => stands with { Evidence = [.. stands.Evidence.Select(e => e.Id == $"{scene.Country}-{id}" ? e with { Quality = "low" } : e)] };

        var own = await ImportAsync(program, scene.City, PlaceFileJson.Write(Edited("open")));
        var above = await ImportAsync(program, scene.City, PlaceFileJson.Write(Edited("land") with { Evidence = [.. Edited("land").Evidence.Select(e => e with { Version = null })] }));
        var fact = await ImportAsync(program, scene.City, PlaceFileJson.Write(stands with { Evidence = [], Places = [stands.Places[0] with { Facts = [new() { Kind = "area", Value = "1", Source = "S" }] }] }));
        var beside = await ImportAsync(program, scene.City, PlaceFileJson.Write(new() { Evidence = [scene.Evidence("more", scene.Other)] }));
        var taken = await ImportAsync(program, scene.City, PlaceFileJson.Write(new() { Evidence = [scene.Evidence("other", scene.City)] }));
        var added = await ImportAsync(program, scene.City, PlaceFileJson.Write(new() { Places = [new() { Slug = $"{scene.Country}-third", Kind = "city", Parent = scene.Country, Names = new() { ["en"] = "Third" } }] }));

        Assert.Equal(HttpStatusCode.OK, own.Status);
        Assert.Equal((1, 3), (own.Answer.GetProperty("evidenceChanged").GetInt32(), own.Answer.GetProperty("evidenceSame").GetInt32()));
        Assert.Contains("may not change", Sentences(above.Answer, "evidence[2].place").Single(), StringComparison.Ordinal);
        Assert.Contains("may not change", Sentences(fact.Answer, "places[0].slug").Single(), StringComparison.Ordinal);
        Assert.Contains("There is no place", Sentences(beside.Answer, "evidence[0].place").Single(), StringComparison.Ordinal);
        Assert.Contains("another place", Sentences(taken.Answer, "evidence[0].id").Single(), StringComparison.Ordinal);
        Assert.Contains("may not change", Sentences(added.Answer, "places[0].slug").Single(), StringComparison.Ordinal);
        Assert.Equal("high", (await scene.StandsAsync(scene.Other)).Evidence.Single(e => e.Id.EndsWith("other", StringComparison.Ordinal)).Quality);
    }

    [Fact]
    public async Task Post_PlaceThatMayNotBeSeen_IsAnsweredLikeOneThatIsNot()
    {
        var (scene, hidden) = (await NewAsync(server), await NewAsync(server, isPublic: false));
        var program = await ProgramAsync(scene.City);
        async Task<string> AnswerAsync(string slug)
        {
            var (status, answer) = await ImportAsync(program, scene.City, PlaceFileJson.Write(new() { Places = [new() { Slug = slug, Kind = "country", Names = new() { ["en"] = "Land" } }] }));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            return answer.ToString().Replace(slug, "", StringComparison.Ordinal);
        }

        Assert.Equal(Regexless(await AnswerAsync("no-such-land")), Regexless(await AnswerAsync(hidden.Country)));

        static string Regexless(string answer) => string.Join(',', JsonElement.Parse(answer).GetProperty("errors").EnumerateObject().Select(e => $"{e.Name}{e.Value}"));
    }

    [Fact]
    public async Task Post_EvidenceChangedMeanwhile_IsNotOverwritten()
    {
        var scene = await NewAsync(server);
        var program = await ProgramAsync(scene.City);
        var old = await scene.StandsAsync(scene.City);
        PlaceFile With(string source, PlaceFile of) => new() { Evidence = [.. of.Evidence.Where(e => e.Id.EndsWith("open", StringComparison.Ordinal)).Select(e => e with { Source = source })] };
        Assert.Equal(HttpStatusCode.OK, (await ImportAsync(program, scene.City, PlaceFileJson.Write(With("first", old)))).Status);

        var (status, answer) = await ImportAsync(program, scene.City, Workbook(With("second", old)));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("changed in Michi since", Sentences(answer, "Evidence!AG2").Single(), StringComparison.Ordinal);
        Assert.Equal("first", (await scene.StandsAsync(scene.City)).Evidence.Single(e => e.Id.EndsWith("open", StringComparison.Ordinal)).Source);
        Assert.Equal(HttpStatusCode.OK, (await ImportAsync(program, scene.City, PlaceFileJson.Write(With("second", await scene.StandsAsync(scene.City))))).Status);
    }

    [Fact]
    public async Task Post_RowsWithoutId_AreNotDoubledByASecondImport()
    {
        var scene = await NewAsync(server);
        var program = await ProgramAsync(scene.City);
        var survey = new PlaceFile { Evidence = [.. Enumerable.Range(0, 5).Select(i => scene.Evidence($"s{i}", scene.City) with { Id = "" })] };

        var first = await ImportAsync(program, scene.City, Workbook(survey));
        var again = await ImportAsync(program, scene.City, Workbook(survey with { Evidence = [.. survey.Evidence.Select((e, i) => i == 0 ? e with { Quality = "low" } : e)] }));

        Assert.Equal(5, first.Answer.GetProperty("evidenceAdded").GetInt32());
        Assert.Equal((0, 1, 4), (again.Answer.GetProperty("evidenceAdded").GetInt32(), again.Answer.GetProperty("evidenceChanged").GetInt32(), again.Answer.GetProperty("evidenceSame").GetInt32()));
    }

    [Fact]
    public async Task Post_CsvWithoutPlaces_IsAboutThePlaceItIsGivenAt()
    {
        var scene = await NewAsync(server);
        using var csv = new MemoryStream();
        PlaceCsv.Write(csv, new() { Evidence = [scene.Evidence("csv", "")] }, "evidence", Pack, Texts);

        var (status, _) = await ImportAsync(await ProgramAsync(scene.City), scene.City, csv.ToArray());
        var (faulty, answer) = await ImportAsync(await ProgramAsync(scene.City), scene.City, [.. csv.ToArray(), .. "x"u8, 0x93, 0xFA]);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains((await scene.StandsAsync(scene.City)).Evidence, e => e.Id.EndsWith("csv", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, faulty);
        Assert.Contains("CSV UTF-8", Sentences(answer, "line 3").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("viewer", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.Redirect)]
    public async Task Get_WithoutRightToContribute_IsRefused(string? role, HttpStatusCode expected)
    {
        var scene = await NewAsync(server);
        var browser = role is null ? server.Anonymous() : await server.SignedInAsync(role);

        Assert.Equal(expected, (await browser.GetAsync($"en/{scene.City}/import", Cancel)).StatusCode);
        Assert.Equal(role is null ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden,
            (await ImportAsync(role is null ? server.Anonymous() : await ProgramAsync(null, Role.Viewer), scene.City, Encoding.UTF8.GetBytes("{}"))).Status);
    }
}
