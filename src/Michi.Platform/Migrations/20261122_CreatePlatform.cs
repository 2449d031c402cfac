using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Platform.Migrations;

[DbContext(typeof(PlatformDb))]
[Migration("20261122_CreatePlatform")]
internal sealed class CreatePlatform : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("platform_places", t => new
        {
            Id = t.Column<Guid>(),
            ParentId = t.Column<Guid>(nullable: true),
            Kind = t.Column<int>(),
            Slug = t.Column<string>(),
            Names = t.Column<string>(),
            CountryCode = t.Column<string>(nullable: true),
            Latitude = t.Column<double>(nullable: true),
            Longitude = t.Column<double>(nullable: true),
            Boundary = t.Column<string>(nullable: true),
            Characteristic = t.Column<string>(nullable: true),
            CharacteristicReason = t.Column<string>(nullable: true),
            IsPublic = t.Column<bool>(),
            IsDemonstration = t.Column<bool>(),
            Note = t.Column<string>(),
            CreatedAt = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_platform_places", p => p.Id));
        migrationBuilder.CreateIndex("IX_platform_places_Slug", "platform_places", "Slug", unique: true);
        migrationBuilder.CreateIndex("IX_platform_places_ParentId", "platform_places", "ParentId");

        migrationBuilder.CreateTable("platform_facts", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            Kind = t.Column<string>(),
            Value = t.Column<string>(),
            Source = t.Column<string>(),
            Date = t.Column<string>(nullable: true),
            CreatedAt = t.Column<long>(),
            RetiredAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_platform_facts", f => f.Id));
        migrationBuilder.CreateIndex("IX_platform_facts_PlaceId", "platform_facts", "PlaceId");

        migrationBuilder.CreateTable("platform_accounts", t => new
        {
            Id = t.Column<Guid>(),
            Email = t.Column<string>(),
            Name = t.Column<string>(),
            PasswordHash = t.Column<string>(),
            SecurityStamp = t.Column<string>(),
            FailedSignIns = t.Column<int>(),
            LockedUntil = t.Column<long>(nullable: true),
            DisabledAt = t.Column<long>(nullable: true),
            CreatedAt = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_platform_accounts", a => a.Id));
        migrationBuilder.CreateIndex("IX_platform_accounts_Email", "platform_accounts", "Email", unique: true);

        migrationBuilder.CreateTable("platform_grants", t => new
        {
            Id = t.Column<Guid>(),
            AccountId = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(nullable: true),
            Role = t.Column<int>(),
            CreatedAt = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_platform_grants", g => g.Id));
        migrationBuilder.CreateIndex("IX_platform_grants_AccountId", "platform_grants", "AccountId");
        migrationBuilder.CreateIndex("IX_platform_grants_PlaceId", "platform_grants", "PlaceId");

        migrationBuilder.CreateTable("platform_tokens", t => new
        {
            Id = t.Column<Guid>(),
            AccountId = t.Column<Guid>(),
            Name = t.Column<string>(),
            Hash = t.Column<string>(),
            Scope = t.Column<string>(),
            CreatedAt = t.Column<long>(),
            ExpiresAt = t.Column<long>(),
            RevokedAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_platform_tokens", k => k.Id));
        migrationBuilder.CreateIndex("IX_platform_tokens_Hash", "platform_tokens", "Hash", unique: true);
        migrationBuilder.CreateIndex("IX_platform_tokens_AccountId", "platform_tokens", "AccountId");

        migrationBuilder.CreateTable("platform_audit", t => new
        {
            Id = t.Column<long>().Annotation("Sqlite:Autoincrement", true)
                .Annotation("Npgsql:ValueGenerationStrategy", Npgsql.EntityFrameworkCore.PostgreSQL.Metadata.NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
            At = t.Column<long>(),
            AccountId = t.Column<Guid>(nullable: true),
            Actor = t.Column<string>(),
            Action = t.Column<string>(),
            PlaceId = t.Column<Guid>(nullable: true),
            Subject = t.Column<string>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_platform_audit", a => a.Id));
        migrationBuilder.CreateIndex("IX_platform_audit_PlaceId_Id", "platform_audit", ["PlaceId", "Id"]);
        // The log only grows, whoever holds the connection.
        if (ActiveProvider == "Npgsql.EntityFrameworkCore.PostgreSQL")
        {
            migrationBuilder.Sql("""
                CREATE FUNCTION platform_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
                CREATE TRIGGER platform_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON platform_audit FOR EACH STATEMENT EXECUTE FUNCTION platform_audit_refuse();
                """);
        }
        else
        {
            migrationBuilder.Sql("CREATE TRIGGER platform_audit_no_update BEFORE UPDATE ON platform_audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;");
            migrationBuilder.Sql("CREATE TRIGGER platform_audit_no_delete BEFORE DELETE ON platform_audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;");
        }

        migrationBuilder.CreateTable("platform_packs", t => new
        {
            Hash = t.Column<string>(),
            PackId = t.Column<string>(),
            Version = t.Column<string>(),
            Layers = t.Column<string>(),
            AddedAt = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_platform_packs", p => p.Hash));

        migrationBuilder.CreateTable("platform_files", t => new
        {
            Sha256 = t.Column<string>(),
            Bytes = t.Column<byte[]>(),
            AddedAt = t.Column<long>(),
        }, constraints: t => t.PrimaryKey("PK_platform_files", f => f.Sha256));

        migrationBuilder.CreateTable("platform_settings", t => new
        {
            Key = t.Column<string>(),
            Value = t.Column<string>(),
        }, constraints: t => t.PrimaryKey("PK_platform_settings", s => s.Key));
    }
}
