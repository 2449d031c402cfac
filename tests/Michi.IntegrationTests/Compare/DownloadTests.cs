using System.Net;
using System.Text;
using AngleSharp.Dom;
using Michi.Assessment;
using Michi.IntegrationTests.Rounds;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;

namespace Michi.IntegrationTests.Compare;

/// <summary>Every table of a page as a file: headers in the page's language, as many rows as the page tells of, nothing a spreadsheet would run.</summary>
public sealed class DownloadTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("siem-reap/profile", "Code,Element,Domain", "コード,エレメント,分野", 21)]
    [InlineData("siem-reap/find-out", "Rank,Code,Element", "順位,コード,エレメント", 21)]
    [InlineData("cambodia/cities", "Code,Place,Most likely stage", "コード,対象地,最も可能性が高い段階", null)]
    [InlineData("compare?places=siem-reap,makassar", "Code,Place,Most likely stage", "コード,対象地,最も可能性が高い段階", 2)]
    [InlineData("siem-reap/similar", "Code,Place,Distance", "コード,対象地,距離", null)]
    [InlineData("siem-reap/position", "Code,Element,Level asked for", "コード,エレメント,求められるレベル", null)]
    [InlineData("siem-reap/programmes", "Level of programme,Programme,Field", "プログラムの対象,プログラム,分野", null)]
    [InlineData("siem-reap/evidence", "Code,Place,Elements", "コード,対象地,エレメント", null)]
    [InlineData("siem-reap/elements/T4", "Code,Place,What it says", "コード,対象地,示すこと", null)]
    public async Task Get_EachTable_OpensWithHeadersAndTheRowsOfThePage(string page, string english, string japanese, int? rows)
    {
        var client = server.Anonymous();
        foreach (var (language, headers) in new[] { ("en", english), ("ja", japanese) })
        {
            var html = await Pages.ReadAsync(client, $"{language}/{page}");
            var links = html.QuerySelectorAll("a[download]").Select(a => a.GetAttribute("href")!).ToList();
            var least = Told(html);
            var csv = await ReadAsync(client, links.Single(l => l.EndsWith("format=csv", StringComparison.Ordinal)), "text/csv");
            var xlsx = await ReadAsync(client, links.Single(l => l.EndsWith("format=xlsx", StringComparison.Ordinal)), TableDownload.Xlsx);

            Assert.StartsWith(headers, Encoding.UTF8.GetString(csv).TrimStart('\uFEFF'), StringComparison.Ordinal);
            // Other tests may add places meanwhile.
            var most = Told(await Pages.ReadAsync(client, $"{language}/{page}"));
            Assert.InRange(RowsOf(CsvTable.Read(csv, "csv")), least, most);
            Assert.InRange(RowsOf(XlsxTables.Read(xlsx, _ => true)), least, most);
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"{language}/{page}{(page.Contains('?', StringComparison.Ordinal) ? '&' : '?')}handler=table&format=pdf", Cancel)).StatusCode);
        }

        int Told(IDocument html) => rows ?? page.Split('/')[^1] switch
        {
            "programmes" => html.QuerySelectorAll("main .card ul li").Length,
            "evidence" or "T4" => html.QuerySelectorAll("main .card").Length,
            _ => html.QuerySelector("main .table-wrap")!.QuerySelectorAll("tbody tr").Length,
        };
    }

    [Fact]
    public async Task Get_Changes_BothTables()
    {
        var address = "en/siem-reap/changes?handler=table&table=";
        var elements = await ReadAsync(server.Anonymous(), $"{address}elements&format=csv", "text/csv");
        var scores = await ReadAsync(server.Anonymous(), $"{address}scores&format=xlsx", TableDownload.Xlsx);

        Assert.Equal(21, RowsOf(CsvTable.Read(elements, "csv")));
        Assert.Equal(6, RowsOf(XlsxTables.Read(scores, _ => true)));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"{address}other&format=csv", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync("en/siem-reap/changes?from=x&handler=table&table=scores&format=csv", Cancel)).StatusCode);
    }

    /// <summary>All pages of what the filter finds, not the page shown; and nothing else.</summary>
    [Fact]
    public async Task Get_CitiesAndEvidence_KeepTheFilterOverAllPages()
    {
        var country = $"many-{Guid.NewGuid().ToString("N")[..8]}";
        var imported = await server.Services.ImportAsync(new(new()
        {
            Places = [new() { Slug = country, Kind = "country", Names = new() { ["en"] = "Many" } }, .. Enumerable.Range(0, 60).Select(i => new Michi.Assessment.Exchange.FilePlace { Slug = $"{country}-{i:00}", Kind = "city", Parent = country, Names = new() { ["en"] = $"{(i < 55 ? "North" : "South")} {i:00}" } })],
            Evidence = [.. Enumerable.Range(0, 60).Select(i => new Michi.Assessment.Exchange.FileEvidence { Id = $"{country}-e{i:00}", Place = country, Kind = "document", Quality = "high", Elements = new() { ["P1"] = "supports" }, Statement = new() { ["en"] = i == 0 ? "=1+1" : $"{(i < 55 ? "north" : "south")} {i}" }, Source = $"https://example.org/{i}", Internal = i == 1 })],
        }, []), new() { IsPublic = true }, progress: null, Cancel);
        Assert.Empty(imported.Problems);
        var client = server.Anonymous();

        Assert.Equal(60, await CountAsync($"en/{country}/cities?handler=table&format=csv"));
        Assert.Equal(55, await CountAsync($"en/{country}/cities?q=North&handler=table&format=csv"));
        Assert.Equal(0, await CountAsync($"en/{country}/cities?basis=ratings&handler=table&format=csv"));
        var second = await Pages.ReadAsync(client, $"en/{country}/cities?q=North&rows=2");
        Assert.Equal(5, second.QuerySelectorAll("main .table-wrap:first-of-type tbody tr").Length);
        Assert.Contains("q=North", second.QuerySelector("a[download]")!.GetAttribute("href")!, StringComparison.Ordinal);

        // The internal one is not for everybody.
        Assert.Equal(59, await CountAsync($"en/{country}/evidence?handler=table&format=csv"));
        Assert.Equal(5, await CountAsync($"en/{country}/evidence?q=south&handler=table&format=csv"));
        Assert.Equal(9, (await Pages.ReadAsync(client, $"en/{country}/evidence?rows=2")).QuerySelectorAll("main .card").Length);
        Assert.Contains(",'=1+1,", await client.GetStringAsync($"en/{country}/evidence?handler=table&format=csv", Cancel), StringComparison.Ordinal);

        async Task<int> CountAsync(string address) => RowsOf(CsvTable.Read(await ReadAsync(client, address, "text/csv"), "csv"));
    }

    [Fact]
    public async Task Get_HiddenPlace_IsNotToBeHadAsAFile()
    {
        var scene = await RoundScene.NewAsync(server, isPublic: false);
        foreach (var page in new[] { "profile", "evidence", "changes", "find-out", "programmes", "similar", "cities", "elements/P1" })
            Assert.NotEqual(HttpStatusCode.OK, (await scene.Anonymous.GetAsync($"en/{scene.Slug}/{page}?handler=table&format=csv&table=elements", Cancel)).StatusCode);
        var cities = await scene.Anonymous.GetStringAsync("en/cambodia/cities?handler=table&format=csv", Cancel);
        Assert.DoesNotContain(scene.Slug, cities, StringComparison.Ordinal);
        Assert.Contains(scene.Slug, await (await Pages.ViewerAsync(server)).GetStringAsync("en/cambodia/cities?handler=table&format=csv", Cancel), StringComparison.Ordinal);

        // A role at the country shows all that lies below it, a role at one city that one alone.
        var other = await RoundScene.NewAsync(server, isPublic: false);
        foreach (var (place, isAll) in new[] { ("cambodia", true), (scene.Slug, false) })
        {
            var person = await server.PersonAsync(Role.Viewer, place);
            var seen = await (await server.SignedInAsync(person.Email, Person.Password)).GetStringAsync("en/cambodia/cities?handler=table&format=csv", Cancel);
            Assert.Contains(scene.Slug, seen, StringComparison.Ordinal);
            Assert.Equal(isAll, seen.Contains(other.Slug, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Get_Results_AlsoAsXlsx()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        await scene.RateAsync(1, "P1", 2, "=1+1");
        await scene.CloseAsync(1);
        var file = await ReadAsync(scene.Anonymous, $"ja/{scene.Slug}/rounds/{scene.Assessment}/results.xlsx", TableDownload.Xlsx);
        Assert.Equal(21, RowsOf(XlsxTables.Read(file, _ => true)));
    }

    private static async Task<byte[]> ReadAsync(HttpClient client, string address, string type)
    {
        var answer = await client.GetAsync(address, Cancel);
        Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
        return await answer.Content.ReadAsByteArrayAsync(Cancel);
    }

    private static int RowsOf(TablesReading reading)
    {
        Assert.Empty(reading.Problems);
        return reading.Tables[0].Rows.Count - 1;
    }
}
