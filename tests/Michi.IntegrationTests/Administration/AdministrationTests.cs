using System.Net;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Administration;

public sealed class AdministrationTests(MichiServer server)
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("admin", Right.Administer)]
    [InlineData("admin/packs", Right.Administer)]
    [InlineData("admin/log", Right.Administer)]
    [InlineData("admin/log.csv", Right.Administer)]
    [InlineData("admin/settings", Right.Administer)]
    [InlineData("siem-reap/people", Right.ManagePlace)]
    [InlineData("siem-reap/edit", Right.ManagePlace)]
    [InlineData("siem-reap/log", Right.ManagePlace)]
    [InlineData("siem-reap/log.csv", Right.ManagePlace)]
    [InlineData("places/new", Right.ManagePlace)]
    [InlineData("account", Right.SignedIn)]
    public async Task Get_EachPageByEachKindOfReader_AnswersByRight(string page, Right right)
    {
        foreach (var language in new[] { "en", "ja" })
        {
            var address = $"{language}/{page}";
            Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(server.Anonymous(), address));
            foreach (var role in new[] { "viewer", "assessor", "facilitator" })
                Assert.Equal(right == Right.SignedIn ? HttpStatusCode.OK : HttpStatusCode.Forbidden, await StatusAsync(await server.SignedInAsync(role), address));
            var ownerOfAPlace = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "siem-reap")).Email, Person.Password);
            Assert.Equal(right == Right.Administer ? HttpStatusCode.Forbidden : HttpStatusCode.OK, await StatusAsync(ownerOfAPlace, address));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(await server.SignedInAsync("owner"), address));
        }
    }

    [Theory]
    [InlineData("en/admin", "Disable")]
    [InlineData("en/siem-reap/people", "Give")]
    [InlineData("en/siem-reap/edit", "Fact")]
    public async Task Post_WithoutTheRight_IsForbidden(string page, string handler)
    {
        var viewer = await server.SignedInAsync("viewer");

        Assert.Equal(HttpStatusCode.Forbidden, (await MichiServer.PostAsync(viewer, "en/account", [], $"{page}?handler={handler}")).StatusCode);
    }

    [Fact]
    public async Task Admin_ManyAccounts_FindsAndPages()
    {
        await using var own = await MichiServer.EmptyAsync();
        var people = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => own.PersonAsync(Role.Owner)));
        var client = await own.SignedInAsync(people[0].Email, Person.Password);

        var first = await client.GetStringAsync("en/admin", _cancel);
        var next = first.Split("/en/admin?q=&amp;after=")[1].Split('"')[0];
        var second = await client.GetStringAsync($"en/admin?q=&after={next}", _cancel);
        Assert.All(people, p => Assert.True(first.Contains($">{p.Email}<", StringComparison.Ordinal) || second.Contains($">{p.Email}<", StringComparison.Ordinal)));

        var found = await client.GetStringAsync($"en/admin?q={people[7].Name.ToUpperInvariant()}", _cancel);
        Assert.Contains($"Disable the account of {people[7].Name}", found, StringComparison.Ordinal);
        Assert.DoesNotContain($"Disable the account of {people[8].Name}", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_ShowNoSecret()
    {
        var html = await (await server.SignedInAsync("owner")).GetStringAsync("en/admin/settings", _cancel);

        Assert.Contains("MICHI_PORT", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Password=", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Packs_ShowTheOneInForce() =>
        Assert.Contains("21 elements", await (await server.SignedInAsync("owner")).GetStringAsync("en/admin/packs", _cancel), StringComparison.Ordinal);

    [Fact]
    public async Task Log_FiltersPagesAndExportsItsLines()
    {
        var person = await server.PersonAsync(Role.Owner, "makassar");
        var client = await server.SignedInAsync(person.Email, Person.Password);
        var admin = await server.SignedInAsync("owner");
        for (var i = 0; i < 101; i++)
            await server.LookAsync(async db => { db.Audit.Add(new() { At = new(2026, 11, 20, 0, i % 60, 0, TimeSpan.Zero), AccountId = person.Id, Actor = person.Name, Action = "=test.line", Subject = $"{person.Email} {i:000}" }); return await db.SaveChangesAsync(); });

        var filter = $"person={Uri.EscapeDataString(person.Name)}&action=%3Dtest";
        var first = await admin.GetStringAsync($"en/admin/log?{filter}", _cancel);
        Assert.Contains($"{person.Email} 100", first, StringComparison.Ordinal);
        Assert.DoesNotContain($"{person.Email} 000", first, StringComparison.Ordinal);
        var older = first.Split("&amp;before=")[1].Split('"')[0];
        Assert.Contains($"{person.Email} 000", await admin.GetStringAsync($"en/admin/log?{filter}&before={older}", _cancel), StringComparison.Ordinal);
        Assert.DoesNotContain(person.Email, await admin.GetStringAsync($"en/admin/log?{filter}&from=2026-11-21", _cancel), StringComparison.Ordinal);
        Assert.Contains(person.Email, await admin.GetStringAsync($"en/admin/log?{filter}&from=2026-11-20&to=2026-11-20", _cancel), StringComparison.Ordinal);
        Assert.DoesNotContain(person.Email, await admin.GetStringAsync($"en/admin/log?{filter}&place=makassar", _cancel), StringComparison.Ordinal);

        var csv = System.Text.Encoding.UTF8.GetString(await admin.GetByteArrayAsync($"en/admin/log.csv?{filter}", _cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(102, csv.Length);
        Assert.StartsWith("\uFEFFTime,Account,Person,Action,Place,What", csv[0], StringComparison.Ordinal);
        // A spreadsheet must not take a cell for a formula.
        Assert.Contains("'=test.line", csv[1], StringComparison.Ordinal);
        Assert.DoesNotContain("test.line", await client.GetStringAsync("en/makassar/log.csv", _cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from=yesterday")]
    [InlineData("to=9999-12-31")]
    [InlineData("place=no-such-place")]
    [InlineData("person=%07")]
    public async Task Log_FaultyFilter_TellsWhatIsWrong(string filter)
    {
        var admin = await server.SignedInAsync("owner");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await StatusAsync(admin, $"en/admin/log?{filter}"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(admin, $"en/admin/log.csv?{filter}"));
    }

    [Fact]
    public async Task Log_InTheDatabase_RefusesChangeAndDeletion()
    {
        var before = await server.LookAsync(db => db.Audit.OrderBy(e => e.Id).Select(e => new { e.Id, e.Action }).FirstAsync());

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => server.LookAsync(db => db.Database.ExecuteSqlAsync($"UPDATE platform_audit SET \"Action\" = 'x'")));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => server.LookAsync(db => db.Database.ExecuteSqlAsync($"DELETE FROM platform_audit")));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => server.LookAsync(db => db.Audit.ExecuteDeleteAsync()));

        Assert.Equal(before, await server.LookAsync(db => db.Audit.OrderBy(e => e.Id).Select(e => new { e.Id, e.Action }).FirstAsync()));
    }

    private async Task<HttpStatusCode> StatusAsync(HttpClient client, string address) => (await client.GetAsync(address, _cancel)).StatusCode;
}
