using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.CityOs;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests.CityOs;

public sealed class NgsiLdAccessTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Every resource, with a method that reads and one that writes.</summary>
    public static TheoryData<string, string> Requests => new()
    {
        { "GET", "entities?type=Building" }, { "POST", "entities" }, { "GET", "entities/urn:ngsi-ld:Building:1" }, { "DELETE", "entities/urn:ngsi-ld:Building:1" },
        { "PATCH", "entities/urn:ngsi-ld:Building:1" }, { "PUT", "entities/urn:ngsi-ld:Building:1" }, { "POST", "entities/urn:ngsi-ld:Building:1/attrs" },
        { "PATCH", "entities/urn:ngsi-ld:Building:1/attrs" }, { "PATCH", "entities/urn:ngsi-ld:Building:1/attrs/name" }, { "PUT", "entities/urn:ngsi-ld:Building:1/attrs/name" },
        { "DELETE", "entities/urn:ngsi-ld:Building:1/attrs/name" }, { "DELETE", "entities?type=Building" }, { "POST", "entityOperations/create" }, { "POST", "entityOperations/upsert" },
        { "POST", "entityOperations/update" }, { "POST", "entityOperations/merge" }, { "POST", "entityOperations/delete" }, { "POST", "entityOperations/query" },
        { "GET", "types" }, { "GET", "types/Building" }, { "GET", "attributes" }, { "GET", "attributes/name" }, { "GET", "jsonldContexts" }, { "POST", "jsonldContexts" },
        { "GET", "jsonldContexts/x" }, { "DELETE", "jsonldContexts/x" }, { "GET", "info/sourceIdentity" },
        { "GET", "subscriptions" }, { "POST", "subscriptions" }, { "GET", "subscriptions/urn:x:1" }, { "PATCH", "subscriptions/urn:x:1" }, { "DELETE", "subscriptions/urn:x:1" },
        { "GET", "csourceRegistrations" }, { "POST", "csourceRegistrations" }, { "GET", "csourceRegistrations/urn:x:1" }, { "PATCH", "csourceRegistrations/urn:x:1" }, { "DELETE", "csourceRegistrations/urn:x:1" },
        { "GET", "csourceSubscriptions" }, { "POST", "csourceSubscriptions" }, { "GET", "csourceSubscriptions/urn:x:1" }, { "PATCH", "csourceSubscriptions/urn:x:1" }, { "DELETE", "csourceSubscriptions/urn:x:1" },
        { "GET", "temporal/entities?type=Building" }, { "POST", "temporal/entities" }, { "GET", "temporal/entities/urn:x:1" }, { "DELETE", "temporal/entities/urn:x:1" },
        { "POST", "temporal/entities/urn:x:1/attrs" }, { "DELETE", "temporal/entities/urn:x:1/attrs/name" }, { "PATCH", "temporal/entities/urn:x:1/attrs/name/urn:x:2" },
        { "DELETE", "temporal/entities/urn:x:1/attrs/name/urn:x:2" }, { "POST", "temporal/entityOperations/query" },
        { "GET", "entityMaps?type=Building" }, { "POST", "entityMaps" }, { "GET", "entityMaps/urn:x:1" }, { "PATCH", "entityMaps/urn:x:1" }, { "DELETE", "entityMaps/urn:x:1" },
        { "POST", "snapshots" }, { "DELETE", "snapshots?q=snapshotPriority<5" }, { "GET", "snapshots/urn:x:1" }, { "PATCH", "snapshots/urn:x:1" }, { "DELETE", "snapshots/urn:x:1" }, { "POST", "snapshots/urn:x:1/clone" },
        { "GET", "temporal/entityMaps?type=Building" }, { "POST", "temporal/entityMaps" },
    };

    [Theory, MemberData(nameof(Requests))]
    public async Task Send_WithoutAToken_IsRefused(string method, string path)
    {
        using var response = await SendAsync(server.Anonymous(), method, path, null);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    [Theory, MemberData(nameof(Requests))]
    public async Task Send_TokenOfSomebodyElsewhere_LearnsNotEvenThatTheTenantIsThere(string method, string path)
    {
        var place = $"hidden-{Guid.NewGuid():N}"[..20];
        await server.LookAsync(async db =>
        {
            db.Places.Add(new() { Id = Guid.NewGuid(), Kind = Platform.Places.PlaceKind.City, Slug = place, CountryCode = "NP", Names = new() { ["en"] = "Hidden city (made up)" }, IsPublic = false, CreatedAt = DateTimeOffset.UnixEpoch });
            return await db.SaveChangesAsync(Cancel);
        });
        var stranger = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "makassar"));
        using var inPublic = await SendAsync(stranger, method, path, "siem-reap");
        Assert.Equal(HttpStatusCode.Forbidden, inPublic.StatusCode);
        using var response = await SendAsync(stranger, method, path, place);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal((HttpStatusCode.NotFound, "https://uri.etsi.org/ngsi-ld/errors/NonexistentTenant"), (response.StatusCode, problem.GetProperty("type").GetString()));
        using var ofNobody = await SendAsync(stranger, method, path, "no-such-place");
        Assert.Equal(response.StatusCode, ofNobody.StatusCode);
    }

    [Theory, MemberData(nameof(Requests))]
    public async Task Send_TokenWithoutTheRightToWrite_OnlyReads(string method, string path)
    {
        var isReading = method == "GET" || path.EndsWith("/query", StringComparison.Ordinal) || path is "entityMaps" or "temporal/entityMaps";
        foreach (var (role, scope) in ((Role, string)[])[(Role.Assessor, "write"), (Role.Owner, "read")])
        {
            var program = await server.ProgramAsync(await server.PersonAsync(role, "siem-reap"), scope);
            using var response = await SendAsync(program, method, path, "siem-reap");
            // A token to read sends nothing at all, a query neither.
            if (isReading && method == "GET") Assert.NotEqual(HttpStatusCode.Forbidden, response.StatusCode);
            else if (!isReading) Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Fact]
    public async Task Send_OwnerOfAPlace_UsesItsTenantAndNoOther()
    {
        var owner = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "siem-reap"));
        var id = $"urn:ngsi-ld:Building:{Guid.NewGuid():N}";
        using var created = await SendAsync(owner, "POST", "entities", "siem-reap", new { id, type = "Building", name = "Test (made up)" });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("siem-reap", created.Headers.GetValues("NGSILD-Tenant").Single());
        using var read = await SendAsync(owner, "GET", $"entities/{id}", "siem-reap");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        using var elsewhere = await SendAsync(owner, "GET", $"entities/{id}", "makassar");
        Assert.Equal(HttpStatusCode.Forbidden, elsewhere.StatusCode);
        using var inDefault = await SendAsync(owner, "GET", $"entities/{id}", null);
        Assert.Equal(HttpStatusCode.Forbidden, inDefault.StatusCode);
        var other = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "makassar"));
        using var stolen = await SendAsync(other, "GET", $"entities/{id}", "makassar");
        Assert.Equal(HttpStatusCode.NotFound, stolen.StatusCode);
    }

    [Fact]
    public async Task Send_SnapshotOfAnotherTenant_IsNotThere()
    {
        var owner = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "siem-reap"));
        var (id, entity) = ($"urn:ngsi-ld:Snapshot:{Guid.NewGuid():N}", $"urn:ngsi-ld:Building:{Guid.NewGuid():N}");
        using var created = await SendAsync(owner, "POST", "snapshots", "siem-reap", new { id, type = "Snapshot", snapshotQueries = new[] { new { type = "Query", entities = new[] { new { type = "Building" } } } } });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var written = await SendAsync(owner, "POST", "entities", "siem-reap", new { id = entity, type = "Building" }, id);
        Assert.Equal(HttpStatusCode.Created, written.StatusCode);
        var other = await server.ProgramAsync(await server.PersonAsync(Role.Owner, "makassar"));
        using var stolen = await SendAsync(other, "GET", $"entities/{entity}", "makassar", snapshot: id);
        Assert.Equal(HttpStatusCode.NotFound, stolen.StatusCode);
        using var forbidden = await SendAsync(other, "GET", $"entities/{entity}", "siem-reap", snapshot: id);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        // The space of a snapshot is no tenant to be named.
        using var named = await SendAsync(owner, "GET", $"entities/{entity}", "siem-reap:1");
        Assert.Equal(HttpStatusCode.BadRequest, named.StatusCode);
        // Who may read reads, and writes nothing.
        var reader = await server.ProgramAsync(await server.PersonAsync(Role.Assessor, "siem-reap"));
        using var read = await SendAsync(reader, "GET", $"entities/{entity}", "siem-reap", snapshot: id);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        using var deleted = await SendAsync(reader, "DELETE", $"entities/{entity}", "siem-reap", snapshot: id);
        Assert.Equal(HttpStatusCode.Forbidden, deleted.StatusCode);
        // So with its subscriptions.
        var subscription = new { id = $"urn:ngsi-ld:Subscription:{Guid.NewGuid():N}", type = "Subscription", entities = new[] { new { type = "Building" } }, notification = new { endpoint = new { uri = "http://example.org/" } } };
        foreach (var (client, tenant, status) in ((HttpClient, string, HttpStatusCode)[])[(reader, "siem-reap", HttpStatusCode.Forbidden), (other, "siem-reap", HttpStatusCode.Forbidden), (other, "makassar", HttpStatusCode.NotFound), (owner, "siem-reap", HttpStatusCode.Created)])
        {
            using var subscribed = await SendAsync(client, "POST", "subscriptions", tenant, subscription, id);
            Assert.Equal(status, subscribed.StatusCode);
        }
        foreach (var (snapshot, status) in ((string?, HttpStatusCode)[])[(id, HttpStatusCode.OK), (null, HttpStatusCode.NotFound)])
        {
            using var listed = await SendAsync(reader, "GET", $"subscriptions/{subscription.id}", "siem-reap", snapshot: snapshot);
            Assert.Equal(status, listed.StatusCode);
        }
    }

    [Fact]
    public async Task Send_TokenRevokedOrExpired_IsRefused()
    {
        var owner = await server.PersonAsync(Role.Owner, "siem-reap");
        foreach (var program in (HttpClient[])[await server.ProgramAsync(owner, expires: DateTimeOffset.UnixEpoch), await server.ProgramAsync(owner, revoked: DateTimeOffset.UnixEpoch)])
        {
            using var response = await SendAsync(program, "GET", "types", "siem-reap");
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    /// <summary>A token that runs out between two pages of a listing opens the next one no more, on a connection that is kept.</summary>
    [Fact]
    public async Task Send_TokenExpiresBetweenPages_TheNextIsRefused()
    {
        var owner = await server.PersonAsync(Role.Owner, "siem-reap");
        var program = await server.ProgramAsync(owner, expires: TimeProvider.System.GetUtcNow().AddSeconds(4));
        var type = $"T{Guid.NewGuid():N}";
        for (var i = 0; i < 3; i++)
        {
            using var created = await SendAsync(program, "POST", "entities", "siem-reap", new { id = $"urn:ngsi-ld:{type}:{i}", type });
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }
        using var first = await SendAsync(program, "GET", $"entities?type={type}&limit=1", "siem-reap");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await Task.Delay(TimeSpan.FromSeconds(5), Cancel);
        using var next = await SendAsync(program, "GET", $"entities?type={type}&limit=1&offset=1", "siem-reap");
        Assert.Equal(HttpStatusCode.Unauthorized, next.StatusCode);
    }

    [Theory]
    [InlineData("open", "0.0.0.0")]
    [InlineData("open", "192.168.1.5")]
    [InlineData("anything", "127.0.0.1")]
    public void Check_OpenBeyondThisMachine_IsRefused(string access, string address) => Assert.Throws<ValidationException>(() => new CityOsOptions { Access = access }.Check(address));

    [Fact]
    public void Check_OpenOnThisMachine_IsTaken() => new CityOsOptions { Access = "open" }.Check("127.0.0.1");

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path, string? tenant, object? body = null, string? snapshot = null)
    {
        var request = new HttpRequestMessage(new(method), $"ngsi-ld/v1/{path}");
        if (tenant is not null) request.Headers.Add("NGSILD-Tenant", tenant);
        if (snapshot is not null) request.Headers.Add("NGSILD-Snapshot", snapshot);
        if (method is not ("GET" or "DELETE")) request.Content = new StringContent(JsonSerializer.Serialize(body ?? new { }), System.Text.Encoding.UTF8, "application/json");
        return client.SendAsync(request, Cancel);
    }
}
