using System.Net;
using System.Text.RegularExpressions;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Michi.IntegrationTests.Accounts;

public sealed partial class RolesTests(MichiServer server)
{
    private const string People = "en/phnom-penh/people";
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Give_ToAnAccount_TakesEffectAtOnceHereAndBelowOnly()
    {
        var owner = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "cambodia")).Email, Person.Password);
        var person = await server.PersonAsync();
        var client = await server.SignedInAsync(person.Email, Person.Password);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(People, _cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.Redirect, (await GiveAsync(owner, "en/cambodia/people", person.Email, "Owner")).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(People, _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("en/jakarta/people", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("en/admin", _cancel)).StatusCode);
        Assert.Contains(person.Name, await owner.GetStringAsync(People, _cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdraw_TakesEffectAtOnceAndStandsInTheLog()
    {
        var owner = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "phnom-penh")).Email, Person.Password);
        var person = await server.PersonAsync(Role.Owner, "phnom-penh");
        var client = await server.SignedInAsync(person.Email, Person.Password);
        var grant = await server.LookAsync(db => db.Grants.Where(g => g.AccountId == person.Id).Select(g => g.Id).FirstAsync());

        Assert.Equal(HttpStatusCode.NotFound, (await MichiServer.PostAsync(owner, People, new() { ["role"] = Guid.NewGuid().ToString() }, $"{People}?handler=Withdraw")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(owner, People, new() { ["role"] = grant.ToString() }, $"{People}?handler=Withdraw")).StatusCode);

        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(People, _cancel)).StatusCode);
        Assert.Contains($"{person.Email} Owner", await owner.GetStringAsync("en/phnom-penh/log?action=role.withdraw", _cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdraw_ARoleGivenElsewhere_IsNotFound()
    {
        var owner = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "phnom-penh")).Email, Person.Password);
        var above = await server.PersonAsync(Role.Owner, "cambodia");
        var grant = await server.LookAsync(db => db.Grants.Where(g => g.AccountId == above.Id).Select(g => g.Id).FirstAsync());

        Assert.Equal(HttpStatusCode.NotFound, (await MichiServer.PostAsync(owner, People, new() { ["role"] = grant.ToString() }, $"{People}?handler=Withdraw")).StatusCode);
    }

    [Theory]
    [InlineData("no address", "Viewer")]
    [InlineData("a@b\u0007.example", "Viewer")]
    [InlineData("a@b@c.example", "Viewer")]
    [InlineData("somebody@test.example", "Emperor")]
    [InlineData("somebody@test.example", "6")]
    [InlineData("somebody@test.example", "")]
    public async Task Give_WithoutAddressOrRole_IsRefused(string email, string role)
    {
        var owner = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "phnom-penh")).Email, Person.Password);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await GiveAsync(owner, People, email, role)).StatusCode);
    }

    [Fact]
    public async Task Invite_SomebodyNew_TheLinkWorksOnce()
    {
        var owner = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "phnom-penh")).Email, Person.Password);
        var email = $"{Guid.NewGuid():N}@test.example";
        var link = await InviteAsync(owner, People, email, "Assessor");
        Assert.DoesNotContain("join?secret", await owner.GetStringAsync(People, _cancel), StringComparison.Ordinal);
        var client = server.Anonymous();
        Assert.Contains("Phnom Penh", await client.GetStringAsync(link, _cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await MichiServer.PostAsync(client, link, Form("short"))).StatusCode);

        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, link, Form())).StatusCode);

        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync(link, _cancel)).StatusCode);
        Assert.Equal([Role.Assessor], await server.LookAsync(db => db.Grants.Where(g => db.Accounts.Any(a => a.Email == email && a.Id == g.AccountId)).Select(g => g.Role).ToListAsync()));
        await server.SignedInAsync(email, Person.Password);
    }

    [Fact]
    public async Task Invite_Withdrawn_TheLinkNoLongerWorks()
    {
        var owner = await server.SignedInAsync((await server.PersonAsync(Role.Owner, "phnom-penh")).Email, Person.Password);
        var email = $"{Guid.NewGuid():N}@test.example";
        var link = await InviteAsync(owner, People, email, "Viewer");
        var id = await server.LookAsync(db => db.Invitations.Where(i => i.Email == email).Select(i => i.Id).FirstAsync());

        await MichiServer.PostAsync(owner, People, new() { ["invitation"] = id.ToString() }, $"{People}?handler=WithdrawInvitation");

        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync(link, _cancel)).StatusCode);
    }

    [Fact]
    public async Task Invite_TwiceToTwoPlaces_TheSecondLinkAsksToSignInAndAddsTheRole()
    {
        var owner = await server.SignedInAsync("owner");
        var email = $"{Guid.NewGuid():N}@test.example";
        var (first, second) = (await InviteAsync(owner, People, email, "Viewer"), await InviteAsync(owner, "en/jakarta/people", email, "Facilitator"));
        var client = server.Anonymous();
        await MichiServer.PostAsync(client, first, Form());

        var stranger = await server.Anonymous().GetStringAsync(second, _cancel);
        Assert.Contains("Sign in with it, and the role is added", stranger, StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"password\"", stranger, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, second, [])).StatusCode);
        Assert.Equal(2, await server.LookAsync(db => db.Grants.CountAsync(g => db.Accounts.Any(a => a.Email == email && a.Id == g.AccountId))));
    }

    [Fact]
    public async Task Invite_AfterFourteenDays_TheLinkIsTooOld()
    {
        var clock = new TestClock();
        await using var own = await MichiServer.EmptyAsync(b => b.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        var owner = await own.SignedInAsync((await own.PersonAsync(Role.Owner)).Email, Person.Password);
        var link = await InviteAsync(owner, "en/admin", "late@test.example", "Viewer");

        clock.Now += TimeSpan.FromDays(14) - TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.OK, (await own.Anonymous().GetAsync(link, _cancel)).StatusCode);
        clock.Now += TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.NotFound, (await own.Anonymous().GetAsync(link, _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await own.Anonymous().GetAsync("en/join?secret=wrong", _cancel)).StatusCode);
    }

    [Fact]
    public async Task Remove_TheLastOwner_IsRefusedByRoleAndByAccount()
    {
        await using var own = await MichiServer.EmptyAsync();
        var (a, b) = (await own.PersonAsync(Role.Owner), await own.PersonAsync(Role.Owner));
        var client = await own.SignedInAsync(a.Email, Person.Password);
        Assert.Equal(HttpStatusCode.Redirect, (await DisableAsync(b)).StatusCode);

        // The other owner's account is disabled, so nobody but this one is left.
        var role = await own.LookAsync(db => db.Grants.Where(g => g.AccountId == a.Id).Select(g => g.Id).FirstAsync());
        var withdrawn = await MichiServer.PostAsync(client, "en/admin", new() { ["role"] = role.ToString() }, "en/admin?handler=Withdraw");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, withdrawn.StatusCode);
        Assert.Contains("Nobody would be left", await withdrawn.Content.ReadAsStringAsync(_cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await DisableAsync(a)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("en/admin", _cancel)).StatusCode);

        Task<HttpResponseMessage> DisableAsync(Person person) => MichiServer.PostAsync(client, "en/admin", new() { ["account"] = person.Id.ToString() }, "en/admin?handler=Disable");
    }

    [Fact]
    public async Task Remove_TwoOwnersEachOtherAtOnce_OneStays()
    {
        await using var own = await MichiServer.EmptyAsync();
        for (var i = 0; i < 5; i++)
        {
            await own.LookAsync(db => db.Grants.ExecuteDeleteAsync());
            Person[] owners = [await own.PersonAsync(Role.Owner), await own.PersonAsync(Role.Owner)];
            var roles = await own.LookAsync(db => db.Grants.Select(g => g.Id).ToListAsync());

            await Task.WhenAll(roles.Select(async role =>
            {
                await using var scope = own.Services.CreateAsyncScope();
                return await scope.ServiceProvider.GetRequiredService<RoleBook>().WithdrawAsync(role, null, default);
            }));

            Assert.Equal(1, await own.LookAsync(db => db.Grants.CountAsync()));
        }
    }

    [Fact]
    public async Task Disable_EndsTheSession_EnableLetsSignInAgain()
    {
        var admin = await server.SignedInAsync("owner");
        var person = await server.PersonAsync(Role.Viewer);
        var client = await server.SignedInAsync(person.Email, Person.Password);

        await MichiServer.PostAsync(admin, "en/admin", new() { ["account"] = person.Id.ToString() }, "en/admin?handler=Disable");
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("en/account", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await MichiServer.PostAsync(server.Anonymous(), "en/sign-in", new() { ["email"] = person.Email, ["password"] = Person.Password })).StatusCode);

        await MichiServer.PostAsync(admin, "en/admin", new() { ["account"] = person.Id.ToString() }, "en/admin?handler=Enable");
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("en/account", _cancel)).StatusCode);
        await server.SignedInAsync(person.Email, Person.Password);
    }

    [Fact]
    public async Task PasswordLink_SetsANewPasswordOnceAndEndsSessions()
    {
        var admin = await server.SignedInAsync("owner");
        var person = await server.PersonAsync();
        var client = await server.SignedInAsync(person.Email, Person.Password);
        await MichiServer.PostAsync(admin, "en/admin", new() { ["account"] = person.Id.ToString() }, "en/admin?handler=PasswordLink");
        var link = Link().Match(await admin.GetStringAsync("en/admin", _cancel)).Value;

        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(server.Anonymous(), link, Form("nine purple lanterns"))).StatusCode);

        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("en/account", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync(link, _cancel)).StatusCode);
        await server.SignedInAsync(person.Email, "nine purple lanterns");
    }

    private static Dictionary<string, string> Form(string password = Person.Password) => new() { ["name"] = "New Person", ["password"] = password, ["again"] = password };

    private static Task<HttpResponseMessage> GiveAsync(HttpClient client, string page, string email, string role) =>
        MichiServer.PostAsync(client, page, new() { ["email"] = email, ["role"] = role }, $"{page}?handler=Give");

    private async Task<string> InviteAsync(HttpClient client, string page, string email, string role)
    {
        Assert.Equal(HttpStatusCode.Redirect, (await GiveAsync(client, page, email, role)).StatusCode);
        return Link().Match(await client.GetStringAsync(page, _cancel)).Value;
    }

    [GeneratedRegex("en/join\\?secret=[A-Za-z0-9_-]+")]
    private static partial Regex Link();
}
