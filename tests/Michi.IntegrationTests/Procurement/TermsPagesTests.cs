using System.Net;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Validation;
using Michi.Roadmap;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Procurement;

public sealed class TermsPagesTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_FromInitiativeToWord_WorksInBothLanguages()
    {
        var (client, terms) = await StartAsync();
        foreach (var language in new[] { "en", "ja" })
        {
            var page = terms.Replace("/en/", $"/{language}/", StringComparison.Ordinal);
            foreach (var path in new[] { "", "/sections/exit", "/outputs", "/plan", "?handler=Table&table=outputs&format=csv", "?handler=Table&table=plan&format=xlsx" })
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(page + path, Cancel)).StatusCode);
            using var word = WordprocessingDocument.Open(new MemoryStream(await client.GetByteArrayAsync($"{page}?handler=Word", Cancel)), false);
            Assert.Empty(new OpenXmlValidator(DocumentFormat.OpenXml.FileFormatVersions.Office2019).Validate(word, Cancel).Select(e => $"{e.Path?.XPath}: {e.Description}"));
            Assert.Contains(language == "en" ? "Exit and handover" : "終了と引継ぎ", word.MainDocumentPart!.Document.InnerText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Post_ChangedMeanwhile_IsRefusedAndShowsBoth()
    {
        var (client, terms) = await StartAsync();
        var section = $"{terms}/sections/exit";
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, section, new() { ["version"] = "1", ["text.en"] = "first <b>text</b>" })).StatusCode);

        var refused = await MichiServer.PostAsync(client, section, new() { ["version"] = "1", ["text.en"] = "second text" });

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        var html = await refused.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("first &lt;b&gt;text", html, StringComparison.Ordinal);
        Assert.Contains("second text", html, StringComparison.Ordinal);
        Assert.DoesNotContain("second text", await client.GetStringAsync(terms, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_BadInput_IsRefusedAndNothingIsSaved()
    {
        var (client, terms) = await StartAsync();
        foreach (var (page, fields) in new (string, Dictionary<string, string>)[]
        {
            ("plan", new() { ["version"] = "1", ["method"] = "qcbs", ["technical"] = "80", ["minimum"] = "70", ["weight.requirements"] = "31" }),
            ("plan", new() { ["version"] = "1", ["method"] = "cheapest" }),
            ("sections/exit", new() { ["version"] = "1", ["text.en"] = "a\u202Eb" }),
            ("outputs", new() { ["version"] = "1", ["was"] = "", ["name"] = "x", ["month"] = "-3", ["acceptance"] = "" }),
        })
            Assert.Equal((HttpStatusCode)422, (await MichiServer.PostAsync(client, $"{terms}/{page}", fields)).StatusCode);
        await using var scope = server.Services.CreateAsyncScope();
        var id = Guid.Parse(terms.Split('/')[^1]);
        Assert.Equal(1, (await scope.ServiceProvider.GetRequiredService<RoadmapDb>().Procurements.FirstAsync(p => p.Id == id, Cancel)).Version);
    }

    [Fact]
    public async Task Get_OfAnotherPlaceOrRole_IsRefused()
    {
        var (_, terms) = await StartAsync();
        var owner = await server.SignedInAsync("owner");
        Assert.Equal(HttpStatusCode.NotFound, (await owner.GetAsync(terms.Replace("siem-reap", "cambodia", StringComparison.Ordinal), Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await (await server.SignedInAsync("viewer")).GetAsync(terms, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await server.Anonymous().GetAsync(terms, Cancel)).StatusCode);
    }

    private async Task<(HttpClient Client, string Terms)> StartAsync()
    {
        var code = $"i-{Guid.NewGuid():N}";
        await using (var scope = server.Services.CreateAsyncScope())
        {
            var place = await server.LookAsync(db => db.Places.FirstAsync(p => p.Slug == "siem-reap", Cancel));
            var db = scope.ServiceProvider.GetRequiredService<RoadmapDb>();
            db.Initiatives.Add(new()
            {
                Id = Guid.NewGuid(),
                PlaceId = place.Id,
                Code = code,
                CreatedAt = DateTimeOffset.UnixEpoch,
                ChangedAt = DateTimeOffset.UnixEpoch,
                ChangedBy = "test",
                Facts = new() { Names = new() { ["en"] = "Leak <search>" }, Sector = "water", Type = "sector", Risks = ["privacy-breach"] }
            });
            await db.SaveChangesAsync(Cancel);
        }
        var client = await server.SignedInAsync("facilitator");
        var started = await MichiServer.PostAsync(client, "en/siem-reap/procurement", new() { ["initiative"] = code, ["kind"] = "system" });
        Assert.Equal(HttpStatusCode.Redirect, started.StatusCode);
        return (client, started.Headers.Location!.ToString());
    }
}
