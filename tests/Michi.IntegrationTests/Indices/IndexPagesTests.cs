using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Michi.Analytics.Indices;
using Michi.Assessment.Indices;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Indices;

public sealed partial class IndexPagesTests(MichiServer server)
{
    private const string Indicators = """
        code,name,name_ja,level,parent,direction,weight,unit,target,denominator
        bus,Bus trips,バス,1,service,more,1,trips,,people
        online,Online services,,1,service,more,1,%,100,
        cuts,Power cuts,,1,supply,less,2,hours,0,
        service,Services,,2,all,,1,,,
        supply,Supply,,2,all,,2,,,
        all,The index,,3,,,,,,
        """;

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    /// <summary>A country of its own with three cities, two of them with boundaries, one of them private; and the table about them and one place Michi does not know.</summary>
    private async Task<(string Country, string Data)> CountryAsync()
    {
        var id = $"{Guid.NewGuid():N}"[..10];
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        var country = new Place { Id = Guid.CreateVersion7(), Kind = PlaceKind.Country, Slug = $"land-{id}", Names = new() { ["en"] = "A-land" }, IsPublic = true, CreatedAt = default };
        db.Places.Add(country);
        foreach (var (letter, x) in new[] { ('a', 10), ('b', 11), ('c', 12) })
            db.Places.Add(new()
            {
                Id = Guid.CreateVersion7(),
                ParentId = country.Id,
                Kind = PlaceKind.City,
                Slug = $"{letter}-{id}",
                Names = new() { ["en"] = $"{letter}-known", ["ja"] = $"{letter}市" },
                IsPublic = letter != 'b',
                CreatedAt = default,
                Boundary = letter == 'c' ? null : $$"""{"type":"Polygon","coordinates":[[[{{x}},1],[{{x + 1}},1],[{{x + 1}},2],[{{x}},2],[{{x}},1]]]}""",
            });
        await db.SaveChangesAsync(Cancel);
        return (country.Slug, $"""
            code,name,people,bus,online,cuts
            a-{id},A-town,100,2000,80,3
            b-{id},B-town,200,1000,NA,1
            c-{id},C-town,50,1500,20,9
            d-{id},D-town,400,100,50,40
            e-{id},E-town,10,,,
            """);
    }

    private static async Task<HttpResponseMessage> UploadAsync(HttpClient client, string page, string name, params (string Name, byte[] Bytes)[] files)
    {
        var html = await client.GetStringAsync(page, Cancel);
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Token().Match(html).Groups[1].Value), "__RequestVerificationToken" }, { new StringContent(name), "name.en" },
            { new StringContent("Made up for a test"), "source" }, { new StringContent(Version().Match(html).Groups[1].Value), "version" },
        };
        foreach (var file in files) form.Add(new ByteArrayContent(file.Bytes), "files", file.Name);
        return await client.PostAsync(page, form, Cancel);
    }

    private static (string, byte[]) File(string name, string text) => (name, Encoding.UTF8.GetBytes(text));

    private static async Task<string> AddedAsync(HttpClient client, string country, string data, string name = "Test index", string indicators = Indicators)
    {
        var answer = await UploadAsync(client, $"en/{country}/indices/new/edit", name, File("data.csv", data), File("indicators.csv", indicators));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!.OriginalString.TrimStart('/');
    }

    private static async Task<IHtmlDocument> ReadAsync(HttpClient client, string page, HttpStatusCode status = HttpStatusCode.OK)
    {
        var answer = await client.GetAsync(page, Cancel);
        Assert.Equal(status, answer.StatusCode);
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static List<string[]> Ranking(IHtmlDocument page) =>
        [.. page.QuerySelector("table")!.QuerySelectorAll("tbody tr").Select(r => r.Children.Select(c => c.TextContent.Trim()).ToArray())];

    [Fact]
    public async Task Upload_Table_ShowsTheScoresOfTheEngine()
    {
        var (country, data) = await CountryAsync();
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);

        var rows = Ranking(await ReadAsync(server.Anonymous(), page));

        var (table, _) = KpiTableReader.Read([File("data.csv", data), File("indicators.csv", Indicators)]);
        table = table!.WithoutEmpty().Table;
        var expected = CompositeIndex.Build(table.ToData(), new IndexDefinition(table.ToDefinition(new()).Elements) { Treatment = new(1) });
        Assert.Equal(["a-known", "c-known", "B-town", "D-town", "E-town"], rows.Select(r => r[1]).Order(StringComparer.Ordinal).OrderBy(n => n.EndsWith("town", StringComparison.Ordinal)));
        for (var u = 0; u < 4; u++)
        {
            var row = rows.Single(r => r[1].StartsWith(table.Places[u].Name[0].ToString(), StringComparison.OrdinalIgnoreCase));
            Assert.Equal(expected.IndexRanks[u].ToString(CultureInfo.InvariantCulture), row[0]);
            Assert.Equal(expected.IndexScores[u].ToString("0.0", CultureInfo.InvariantCulture), row[2]);
            Assert.Equal(expected.Scores.Column("supply")[u].ToString("0.0", CultureInfo.InvariantCulture), row[^1]);
        }
        Assert.True(await server.LookAsync(db => db.Audit.AnyAsync(a => a.Action == "index.add" && a.Subject == "Test index v1" && a.PlaceId == db.Places.First(p => p.Slug == country).Id, Cancel)));
    }

    [Fact]
    public async Task Get_PlaceWithoutFigures_IsUnknownAndNotZero()
    {
        var (country, data) = await CountryAsync();
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);

        foreach (var choices in new[] { "", "?imputation=median" })
        {
            var last = Ranking(await ReadAsync(server.Anonymous(), page + choices))[^1];

            Assert.Equal(["–", "E-town", "no values, so not ranked"], last);
        }
    }

    [Fact]
    public async Task Get_Map_ShowsOnlyPlacesTheReaderMaySee()
    {
        var (country, data) = await CountryAsync();
        var owner = await server.SignedInAsync("owner");
        var page = await AddedAsync(owner, country, data);

        var all = (await ReadAsync(owner, page)).QuerySelectorAll(".map g > title").Select(t => t.TextContent).ToList();
        var seen = (await ReadAsync(server.Anonymous(), page.Replace("en/", "ja/", StringComparison.Ordinal))).QuerySelectorAll(".map g > title").Select(t => t.TextContent).ToList();

        Assert.Equal(2, all.Count);
        Assert.StartsWith("a市: ", Assert.Single(seen), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_OtherChoices_AreInTheAddressAndChangeNothing()
    {
        var (country, data) = await CountryAsync();
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);

        var other = await ReadAsync(server.Anonymous(), page + "?normalisation=rank&aggregation=geometric&weights=equal");
        var own = await ReadAsync(server.Anonymous(), page);

        Assert.Equal("rank", other.QuerySelector<IHtmlSelectElement>("#normalisation")!.Value);
        Assert.NotEqual(Ranking(own).Select(r => r[2]), Ranking(other).Select(r => r[2]));
        Assert.Contains("not the index’s own choices", other.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("min-max", own.QuerySelector<IHtmlSelectElement>("#normalisation")!.Value);
    }

    [Theory]
    [InlineData("aggregation=geometric", "aggregation", "1 to 100")]
    [InlineData("normalisation=z-score&aggregation=harmonic", "aggregation", "1 to 100")]
    [InlineData("normalisation=target", "treatment", "logarithm")]
    [InlineData("normalisation=target&treatment=none", "normalisation", "bus")]
    [InlineData("normalisation=magic", "normalisation", "magic")]
    public async Task Get_ChoicesThatDoNotGoTogether_TellTheRemedy(string query, string field, string remedy)
    {
        var (country, data) = await CountryAsync();
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);

        var html = await ReadAsync(server.Anonymous(), $"{page}?{query}", HttpStatusCode.UnprocessableEntity);

        Assert.Contains(remedy, html.QuerySelector($".error-summary a[href='#{field}']")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(5, Ranking(html).Count);
        Assert.Equal(HttpStatusCode.Redirect, (await server.Anonymous().GetAsync($"{page}?{query}&handler=table&table=ranking&format=csv", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await server.Anonymous().GetAsync($"api/places/{country}/indices/{page.Split('/')[^1]}?{query}", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_Unit_ShowsWhereItIsStrongAndWeak()
    {
        var (country, data) = await CountryAsync();
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);
        var code = data.Split('\n')[4].Split(',')[0].Trim();

        var unit = (await ReadAsync(server.Anonymous(), $"{page}?unit={code}")).QuerySelector("#unit")!;

        Assert.Equal("D-town", unit.QuerySelector("h2")!.TextContent);
        Assert.Contains("Online services", unit.QuerySelector("ol")!.TextContent, StringComparison.Ordinal);
        Assert.Null((await ReadAsync(server.Anonymous(), $"{page}?unit=nowhere")).QuerySelector("#unit"));
    }

    [Fact]
    public async Task Download_KpisAndTemplate_ComeBackTheSame()
    {
        var (country, data) = await CountryAsync();
        var client = await server.SignedInAsync("assessor");
        var page = await AddedAsync(client, country, data);
        var before = await client.GetStringAsync($"api/places/{country}/indices/{page.Split('/')[^1]}/table", Cancel);

        var xlsx = await client.GetByteArrayAsync($"{page}?handler=table&table=kpis&format=xlsx", Cancel);
        var csv = await client.GetByteArrayAsync($"{page}?handler=table&table=kpis&format=csv&sheet=Data", Cancel);
        var meaning = await client.GetByteArrayAsync($"{page}?handler=table&table=kpis&format=csv&sheet=Indicators", Cancel);
        foreach (var files in new[] { new[] { ("index.xlsx", xlsx) }, [("one.csv", csv), ("two.csv", meaning)] })
        {
            var answer = await UploadAsync(client, $"en/{country}/indices/new/edit", "Again", files);
            Assert.Equal(before, await client.GetStringAsync($"api/places/{country}/indices/{answer.Headers.Location!.OriginalString.Split('/')[^1]}/table", Cancel));
        }

        var template = await client.GetByteArrayAsync($"en/{country}/indices?handler=template&format=xlsx", Cancel);
        var made = await UploadAsync(client, $"en/{country}/indices/new/edit", "Template", ("template.xlsx", template));
        Assert.Contains("made up", (await ReadAsync(client, made.Headers.Location!.OriginalString)).QuerySelector("table")!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ranking")]
    [InlineData("sensitivity")]
    [InlineData("correlations")]
    [InlineData("weights")]
    [InlineData("removals")]
    [InlineData("statistics")]
    [InlineData("unit")]
    public async Task Download_EveryTable_AsCsvAndXlsxInBothLanguages(string table)
    {
        var (country, data) = await CountryAsync();
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);
        var code = data.Split('\n')[1].Split(',')[0].Trim();

        foreach (var language in new[] { "en/", "ja/" })
        {
            var address = $"{page.Replace("en/", language, StringComparison.Ordinal)}?unit={code}&handler=table&table={table}&format=";
            var csv = await server.Anonymous().GetStringAsync(address + "csv", Cancel);
            var xlsx = await server.Anonymous().GetByteArrayAsync(address + "xlsx", Cancel);

            Assert.True(csv.Split("\r\n").Length > 2, csv);
            Assert.DoesNotContain("NaN", csv, StringComparison.Ordinal);
            Assert.True(xlsx.AsSpan().StartsWith("PK"u8));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"{page}?handler=table&table={table}&format=exe", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Upload_FaultyTable_TellsEveryFaultByAddressAndSavesNothing()
    {
        var (country, data) = await CountryAsync();
        var client = await server.SignedInAsync("assessor");

        var answer = await UploadAsync(client, $"en/{country}/indices/new/edit", "Faulty", File("data.csv", data.Replace("1500", "many", StringComparison.Ordinal)), File("indicators.csv", Indicators.Replace(",2,hours", ",-1,hours", StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var html = new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(["data.csv!D4", "indicators.csv!G4"], html.QuerySelectorAll("main tbody th").Select(t => t.TextContent).Order(StringComparer.Ordinal));
        Assert.Equal("Faulty", html.QuerySelector<IHtmlInputElement>("#name-en")!.Value);
        Assert.Contains("There is no index yet", await client.GetStringAsync($"en/{country}/indices", Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("book.xlsx", "PK not a workbook")]
    [InlineData("book.xlsx", "\0\u0001\u0002")]
    [InlineData("data.csv", "code,name,x\na,A,1\nb,B,\"unclosed")]
    [InlineData("data.csv", "")]
    public async Task Upload_BrokenFile_IsRefusedInWords(string name, string content)
    {
        var (country, _) = await CountryAsync();

        var answer = await UploadAsync(await server.SignedInAsync("assessor"), $"en/{country}/indices/new/edit", "Broken", File(name, content));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.NotNull(new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync(Cancel)).QuerySelector(".error-summary a[href='#files']"));
    }

    [Fact]
    public async Task Upload_TooLarge_IsRefused()
    {
        var (country, _) = await CountryAsync();

        var answer = await UploadAsync(await server.SignedInAsync("assessor"), $"en/{country}/indices/new/edit", "Large", ("data.csv", new byte[server.Options.MaxUploadBytes + 1]));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    [Fact]
    public async Task Get_HostileNames_AreShownAsText()
    {
        var (country, data) = await CountryAsync();
        const string hostile = "<script>alert(1)</script>";
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data.Replace("D-town", hostile, StringComparison.Ordinal), hostile, Indicators.Replace("Supply", "\"=1+1\"\" onload=x\"", StringComparison.Ordinal));

        foreach (var address in new[] { page, page + "?unit=" + data.Split('\n')[4].Split(',')[0].Trim(), $"en/{country}/indices" })
        {
            var html = await ReadAsync(server.Anonymous(), address);
            Assert.DoesNotContain(html.Scripts, s => s.TextContent.Contains("alert", StringComparison.Ordinal));
            Assert.Contains(hostile, html.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
            Assert.Empty(html.QuerySelectorAll("[onload]"));
        }
        Assert.Contains("'=1+1", await server.Anonymous().GetStringAsync($"{page}?handler=table&table=ranking&format=csv", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_TableAndChoices_MakeVersionsAndKeepTheEarlierOnes()
    {
        var (country, data) = await CountryAsync();
        var client = await server.SignedInAsync("assessor");
        var page = await AddedAsync(client, country, data);

        var renamed = await UploadAsync(client, page + "/edit", "Renamed");
        var chosen = await MichiServer.PostAsync(client, page + "?weights=equal", new() { ["weights"] = "equal" }, page + "?handler=choices");
        var replaced = await UploadAsync(client, page + "/edit", "Renamed", File("data.csv", data.Replace("D-town", "Dee-town", StringComparison.Ordinal)), File("indicators.csv", Indicators));

        Assert.All([renamed, chosen, replaced], a => Assert.Equal(HttpStatusCode.Redirect, a.StatusCode));
        var now = await ReadAsync(server.Anonymous(), page);
        Assert.Contains("Dee-town", now.QuerySelector("table")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("equal", now.QuerySelector<IHtmlSelectElement>("#weights")!.Value);
        var first = await ReadAsync(server.Anonymous(), page + "?version=1");
        Assert.Equal("Test index", first.QuerySelector("h1")!.TextContent);
        Assert.Contains("D-town", first.QuerySelector("table")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("given", first.QuerySelector<IHtmlSelectElement>("#weights")!.Value);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync(page + "?version=9", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Change_BasedOnAnOldVersion_IsRefused()
    {
        var (country, data) = await CountryAsync();
        var person = await server.PersonAsync(Role.Assessor, country);
        var program = await server.ProgramAsync(person);
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);
        MultipartFormDataContent Form() => new() { { new StringContent("Late"), "name.en" }, { new StringContent("x"), "source" }, { new StringContent("1"), "version" } };
        var address = $"api/places/{country}/indices/{page.Split('/')[^1]}";

        Assert.Equal(HttpStatusCode.NoContent, (await program.PutAsync(address, Form(), Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await program.PutAsync(address, Form(), Cancel)).StatusCode);
    }

    [Fact]
    public async Task Withdraw_WithAReason_LeavesItReadable()
    {
        var (country, data) = await CountryAsync();
        var client = await server.SignedInAsync("assessor");
        var page = await AddedAsync(client, country, data);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await MichiServer.PostAsync(client, page, new() { ["reason"] = " " }, page + "?handler=withdraw")).StatusCode);
        await MichiServer.PostAsync(client, page, new() { ["reason"] = "The survey was wrong." }, page + "?handler=withdraw");

        Assert.Contains("The survey was wrong.", await server.Anonymous().GetStringAsync(page, Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain("Test index", await server.Anonymous().GetStringAsync($"en/{country}/indices", Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(page + "/edit", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Rights_ViewerSeesButDoesNotChange()
    {
        var (country, data) = await CountryAsync();
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);
        var viewer = await server.SignedInAsync("viewer");

        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync($"en/{country}/indices/new/edit", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await MichiServer.PostAsync(viewer, page, new() { ["reason"] = "x" }, page + "?handler=withdraw")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await MichiServer.PostAsync(viewer, page, new() { ["weights"] = "equal" }, page + "?handler=choices")).StatusCode);
        Assert.DoesNotContain("handler=withdraw", await viewer.GetStringAsync(page, Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous().PostAsync($"api/places/{country}/indices", new MultipartFormDataContent { { new StringContent("x"), "source" } }, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_OfAnotherPlace_IsNotFound()
    {
        var (country, data) = await CountryAsync();
        var (other, _) = await CountryAsync();
        var page = await AddedAsync(await server.SignedInAsync("assessor"), country, data);
        var id = page.Split('/')[^1];

        foreach (var address in new[] { $"en/{other}/indices/{id}", $"api/places/{other}/indices/{id}", $"api/places/{other}/indices/{id}/table", "en/siem-reap/indices", $"en/siem-reap/indices/{id}" })
            Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync(address, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Api_AddListAndShow_GivesRanksWithIntervals()
    {
        var (country, data) = await CountryAsync();
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Assessor, country));
        using var form = new MultipartFormDataContent
        {
            { new StringContent("By program"), "name.en" }, { new StringContent("Made up"), "source" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(data)), "files", "Data.csv" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(Indicators)), "files", "Indicators.csv" },
        };

        var added = await program.PostAsync($"api/places/{country}/indices", form, Cancel);

        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var list = await server.Anonymous().GetFromJsonAsync<JsonElement>($"api/places/{country}/indices", Cancel);
        Assert.Equal("By program", list[0].GetProperty("names").GetProperty("en").GetString());
        var index = await server.Anonymous().GetFromJsonAsync<JsonElement>(added.Headers.Location, Cancel);
        var places = index.GetProperty("places").EnumerateArray().ToList();
        Assert.Equal(5, places.Count);
        Assert.Equal(JsonValueKind.Null, places[^1].GetProperty("rank").ValueKind);
        Assert.All(places.Take(4), p => Assert.InRange(p.GetProperty("rankMedian").GetDouble(), p.GetProperty("rankLow").GetDouble(), p.GetProperty("rankHigh").GetDouble()));
        Assert.Equal(index.GetProperty("runs").GetInt64(), index.GetProperty("combinations").GetInt64());

        var refused = await program.PostAsync($"api/places/{country}/indices", new MultipartFormDataContent { { new StringContent(""), "source" } }, Cancel);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("\"files\"", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("name=\"version\" value=\"([^\"]+)\"")]
    private static partial Regex Version();
}
